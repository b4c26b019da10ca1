"""Starts JupyterLab from the files of a workspace image, without container or cluster, until its page comes.

    python -m tools.local.fence -- python -m tools.bench.bare_start --layers /a/fs:/b/fs --start stock

Runs in mounts and network of its own, which `tools.local.fence` makes and removes. Prints one JSON line.
"""

import argparse
import http.client
import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PORT = 8888
USER = 1000
TOKEN = Path("run/slate/token/token")
PATIENCE_SECONDS = 300.0
ENVIRONMENT = {
    "PATH": "/opt/conda/bin:/usr/local/bin:/usr/bin:/bin",
    "CONDA_PREFIX": "/opt/conda",
    "HOME": "/home/workspace",
    "LANG": "C.UTF-8",
}


@dataclass(frozen=True)
class Start:
    """One way of starting it.

    Attributes:
        command: The command line.
        environment: Its variables, besides `ENVIRONMENT`.
    """

    command: Sequence[str]
    environment: Mapping[str, str]


def starts(token: str) -> dict[str, Start]:
    """The ways: `stock` is JupyterLab as it is installed, `same` the process that a workspace runs."""
    python = "/opt/conda/bin/python"
    return {
        "stock": Start(
            [python, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={PORT}"], {"JUPYTER_TOKEN": token}
        ),
        "same": Start(
            [python, "-I", "/opt/slate/start_jupyterlab.py", "--config=/opt/slate/jupyter_server_config.py"],
            {
                "SLATE_TOKEN_FILE": f"/{TOKEN}",
                "SLATE_USER_SETTINGS": "yes",
                "JUPYTER_RUNTIME_DIR": "/run/user/jupyter",
            },
        ),
    }


def mount(layers: str, root: Path, token: str) -> None:
    """Put the image together at a folder, with a home and what else is writable."""

    def call(*arguments: str) -> None:
        subprocess.run(["mount", *arguments], check=True)

    call("-t", "overlay", "overlay", "-o", f"ro,lowerdir={layers}", str(root))
    for name in ("tmp", "run", "home"):
        call("-t", "tmpfs", "tmpfs", str(root / name))
    call("--bind", "/proc", str(root / "proc"))
    call("--rbind", "/dev", str(root / "dev"))
    for path, mode in ((root / "tmp", 0o1777), (root / "run/user", 0o1777), (root / "home/workspace", 0o750)):
        path.mkdir(exist_ok=True)
        path.chmod(mode)
    os.chown(root / "home/workspace", USER, USER)
    (root / TOKEN).parent.mkdir(parents=True)
    (root / TOKEN).write_text(token)


def measure(start: Start, root: Path, token: str) -> dict[str, float]:
    """Start it and wait for its page; returns wall time and processor time until then, in seconds.

    Raises:
        SystemExit: It ends, or the page never comes.
    """
    output = root / "tmp/output"

    def prepare() -> None:
        os.chroot(root)
        os.chdir(ENVIRONMENT["HOME"])
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)

    with output.open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            list(start.command),
            env={**ENVIRONMENT, **start.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=prepare,  # noqa: PLW1509 (there is one thread)
        )
    try:
        while not _page_comes(token):
            if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
                raise SystemExit(f"JupyterLab does not start:\n{output.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)
        seconds = time.monotonic() - began
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return {"seconds": seconds, "processor_seconds": ticks / os.sysconf("SC_CLK_TCK")}
    finally:
        process.kill()
        process.wait()


def _page_comes(token: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        connection.request("GET", "/lab", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def main() -> None:
    """Start it once, measure, and say how long it took."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.bare_start", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--layers", required=True, help="folders of the image's layers, topmost first, with colons")
    parser.add_argument("--start", required=True, choices=sorted(starts("")), help="how it is started")
    given = parser.parse_args()
    token = secrets.token_hex(20)
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as folder:
        mount(given.layers, Path(folder), token)
        try:
            print(json.dumps(measure(starts(token)[given.start], Path(folder), token)))
        finally:
            subprocess.run(["umount", "--recursive", folder], check=True)


if __name__ == "__main__":
    main()
