"""A copy of the repository's tools, a Go that only pretends to build, and local download servers."""

import contextlib
import hashlib
import http.server
import io
import os
import shutil
import socket
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.bootstrap.progress import Progress
from tools.bootstrap.session import Session
from tools.bootstrap.workplace import Workplace
from tools.paths import ROOT

# Answers like Go as far as the bootstrap asks, and notes each call. What it "builds" is a script that tells a version.
FAKE_GO = """#!/bin/sh
echo "$@" >> "$FAKE_GO_CALLS"
case "$1" in
  env) echo "go${FAKE_GO_VERSION:-1.26.9}" ;;
  list) case "$*" in *"-m"*) echo "$FAKE_GO_MODULE" ;; *) echo example.org/first; echo example.org/second ;; esac ;;
  build)
    [ -z "$FAKE_GO_SCRIPT" ] || . "$FAKE_GO_SCRIPT"
    while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
    echo example.org/first
    printf '#!/bin/sh\\necho tool version 1.2.3\\n' > "$out"
    chmod +x "$out" ;;
esac
"""


def write_script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@dataclass
class Clone:
    """A copy of what the bootstrap needs, with a PATH of its own."""

    root: Path
    path: Path
    environ: dict[str, str]
    calls: Path
    lines: list[str] = field(default_factory=list)

    @property
    def place(self) -> Workplace:
        return Workplace(self.root, dict(self.environ))

    def session(self) -> Session:
        return Session.open(self.place, _Recorder(self.environ, self.lines))

    def program(self, name: str, output: str, code: int = 0) -> Path:
        """Put a program on PATH that prints something."""
        return write_script(self.path / name, f"#!/bin/sh\necho '{output}'\nexit {code}\n")

    def builds(self) -> list[str]:
        """The `go build` calls so far."""
        if not self.calls.exists():
            return []
        return [line for line in self.calls.read_text().splitlines() if line.startswith("build ")]


class _Recorder(Progress):
    def __init__(self, environ: dict[str, str], lines: list[str]) -> None:
        super().__init__({**environ, "CI": "true"})
        self._lines = lines

    def say(self, text: str) -> None:
        self._lines.append(text)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    root = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__", "cluster", "stack", "bench")
    shutil.copytree(ROOT / "tools", root / "tools", ignore=ignored)
    shutil.copytree(ROOT / "requirements", root / "requirements")
    path = tmp_path / "path"
    write_script(path / "go", FAKE_GO)
    calls = tmp_path / "go-calls"
    environ = {
        "PATH": f"{path}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": str(tmp_path / "home"),
        "FAKE_GO_CALLS": str(calls),
        "FAKE_GO_MODULE": str(tmp_path / "module"),
        "SLATE_OFFLINE": "1",
    }
    (tmp_path / "home").mkdir()
    return Clone(root, path, environ, calls)


@dataclass
class Server:
    """Serves files from memory on 127.0.0.1 and notes what was asked for."""

    address: str
    files: dict[str, bytes]
    requests: list[str]

    def publish(self, path: str, content: bytes, checksum: str | None = None) -> None:
        """Serve a file, and its checksum (by default the right one) beside it as `<path>.sha256`."""
        self.files[f"/{path}"] = content
        self.files[f"/{path}.sha256"] = (checksum or hashlib.sha256(content).hexdigest()).encode()

    def downloads(self) -> list[str]:
        return [request for request in self.requests if request.startswith("GET ")]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    files: dict[str, bytes] = {}
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            requests.append(f"HEAD {self.path}")
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            requests.append(f"GET {self.path}")
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_args: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_args: object) -> None:
            pass  # clients may break off

    with Quiet(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield Server(f"http://127.0.0.1:{running.server_port}", files, requests)
        running.shutdown()
        thread.join()


@pytest.fixture
def archive_of() -> Callable[[dict[str, str]], tuple[bytes, str]]:
    """Make a tar.gz file from names and contents; return it and its SHA-256 sum."""

    def make(files: dict[str, str]) -> tuple[bytes, str]:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content.encode())
                tar.addfile(info, io.BytesIO(content.encode()))
        return buffer.getvalue(), hashlib.sha256(buffer.getvalue()).hexdigest()

    return make


@pytest.fixture
def silent_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Whether a process exists and is no zombie."""

    def check(pid: int) -> bool:
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            return state != "Z"
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc/self").exists()

    return check
