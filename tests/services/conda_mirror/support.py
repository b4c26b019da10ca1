"""Upstream channels, mirrors and servers for the tests."""

import contextlib
import functools
import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgpack
import zstandard

from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.configuration import Configuration, read_configuration
from services.conda_mirror.sync import Summary, synchronise
from tools.paths import ROOT

CANONICAL = "https://slate.invalid"
PATIENCE = 60.0
"""Seconds after which a test gives up on something that should happen."""


@dataclass
class Upstream:
    """Two upstream channels in a folder, `main` and `side`."""

    folder: Path
    base: str

    def source(self, name: str = "main") -> ChannelSource:
        return ChannelSource(name, f"{CANONICAL}/{name}", f"{self.base}/{name}")

    def index(self, subdir: str = "noarch", channel: str = "main") -> dict[str, Any]:
        return json.loads((self.folder / channel / subdir / "repodata.json").read_text())

    def change(self, change: Callable[[dict[str, Any]], None], subdir: str = "noarch", channel: str = "main") -> None:
        """Change an index; all its forms say the same afterwards."""
        index = self.index(subdir, channel)
        change(index)
        write_forms(self.folder / channel / subdir, index)

    def package(self, name: str, version: str = "1.0", subdir: str = "noarch", channel: str = "main") -> Path:
        return self.folder / channel / subdir / f"{name}-{version}-0.conda"


def write_forms(folder: Path, index: dict[str, Any], shards_info: Mapping[str, str] | None = None) -> None:
    """Write repodata.json, its compressed form and shards, independently of the program under test."""
    plain = json.dumps(index).encode()
    (folder / "repodata.json").write_bytes(plain)
    (folder / "repodata.json.zst").write_bytes(zstandard.compress(plain))
    shutil.rmtree(folder / "shards", ignore_errors=True)
    (folder / "shards").mkdir()
    shards: dict[str, dict[str, Any]] = {}
    for section in ("packages", "packages.conda"):
        for name, record in index.get(section, {}).items():
            binary = {key: bytes.fromhex(value) if key in ("sha256", "md5") else value for key, value in record.items()}
            shard = shards.setdefault(record["name"], {"packages": {}, "packages.conda": {}, "removed": []})
            shard[section][name] = binary
    hashes = {}
    for name, shard in shards.items():
        packed = zstandard.compress(msgpack.packb(shard) or b"")
        hashes[name] = hashlib.sha256(packed).digest()
        (folder / "shards" / f"{hashes[name].hex()}.msgpack.zst").write_bytes(packed)
    info = {"base_url": index["info"].get("base_url", ""), "shards_base_url": "./shards/", **(shards_info or {})}
    content = {"info": {**info, "subdir": index["info"]["subdir"]}, "shards": hashes}
    (folder / "repodata_shards.msgpack.zst").write_bytes(zstandard.compress(msgpack.packb(content) or b""))


def configure(folder: Path, channels: Sequence[ChannelSource], **more: Any) -> Configuration:
    """A configuration, through its file."""
    path = folder / "mirror.json"
    described = [
        {"name": channel.name, "url": channel.url, **({"source": channel.source} if channel.source else {})}
        for channel in channels
    ]
    path.write_text(json.dumps({"channels": described, **more}))
    return read_configuration(path)


def sync(root: Path, configuration: Configuration, **more: Any) -> Summary:
    return synchronise(configuration, root, report=lambda _: None, **more)


def read_index(root: Path, subdir: str = "noarch", channel: str = "main") -> dict[str, Any]:
    return json.loads((root / "latest" / channel / subdir / "repodata.json").read_text())


def names(root: Path, subdir: str = "noarch", channel: str = "main") -> set[str]:
    """File names that the current snapshot's index lists."""
    index = read_index(root, subdir, channel)
    return set(index["packages"]) | set(index["packages.conda"])


@dataclass
class Seen:
    """A request that a server of ours got."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class WebServer:
    """A plain web server over a folder, that can be told to misbehave."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    before: Callable[[http.server.SimpleHTTPRequestHandler], bool] | None = None
    """Called for each request; True if it has answered it."""

    bare_304: bool = False
    """Answer `304 Not Modified` without the marks of version that such an answer must have."""

    def paths(self, ending: str = "") -> list[str]:
        return [request.path for request in self.seen if request.path.endswith(ending)]


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[WebServer]:
    state = WebServer("")

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Clients of these tests break off on purpose."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.seen.append(Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            if not state.bare_304:
                del self.headers["If-Modified-Since"]
            if state.before is None or not state.before(self):
                self._answer()

        def do_HEAD(self) -> None:
            state.seen.append(Seen(self.command, self.path, {}))
            super().do_HEAD()

        def _answer(self) -> None:
            """With ranges, which the standard library's server does not know."""
            path = Path(self.translate_path(self.path))
            wanted = self.headers.get("Range")
            if wanted is None or not path.is_file():
                super().do_GET()
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            content = path.read_bytes()[start:]
            self.send_response(206)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = Server(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


COMMAND = [sys.executable, "-m", "services.conda_mirror"]


def start(*arguments: object, **more: Any) -> subprocess.Popen[str]:
    """Start one of the mirror's commands."""
    return subprocess.Popen(
        [*COMMAND, *(str(argument) for argument in arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def run(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run one of the mirror's commands to its end."""
    with start(*arguments, **more) as process:
        output, errors = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess([], process.returncode, output, errors)


@contextlib.contextmanager
def serving(*arguments: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a server command; yields its URL and process, and ends it."""
    with start(*arguments, "--port", "0") as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "serving on " in line, process.communicate(timeout=PATIENCE)[1]
            yield line.split("serving on ")[1].strip(), process
        finally:
            process.terminate()
            process.wait(PATIENCE)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def get(url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """A request, whatever comes back."""
    from urllib.error import HTTPError

    try:
        with urlopen(Request(url, headers=dict(headers or {}), method=method), timeout=PATIENCE) as answer:  # noqa: S310
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except HTTPError as problem:
        with problem:
            return Answer(problem.code, {k.lower(): v for k, v in problem.headers.items()}, problem.read())


def eventually(check: Callable[[], Any], what: str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, f"did not happen: {what}"
        time.sleep(0.02)
