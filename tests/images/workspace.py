"""A workspace in a container: the image of an environment with a home, a token and a key, as its pod would have it."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.images import container
from tests.images.container import HOME, Container, Mount
from tests.images.rig import free_port
from tests.images.rootfs import Image

TOKEN = "0123456789abcdef-token-of-the-test"


@dataclass(frozen=True)
class Unpacked:
    """An image with its root file system on disk."""

    image: Image
    root: Path
    runc: Path


@dataclass
class Workspace:
    """A running workspace."""

    container: Container
    folder: Path
    root: Path
    port: int
    ssh_port: int

    def get(self, path: str, token: str | None = TOKEN) -> tuple[int, str]:
        """Ask JupyterLab; 0 while it does not answer."""
        headers = {"Authorization": f"token {token}"} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""
        except OSError:
            return 0, ""

    def wait_until_ready(self) -> None:
        """Wait for JupyterLab and sshd."""
        self.container.wait_for("JupyterLab answers", lambda: self.get("/api")[0] == 200)
        self.container.wait_for("sshd answers", lambda: self.ssh("true").returncode == 0)

    def ssh(self, command: str, *options: str, key: str = "key") -> subprocess.CompletedProcess[str]:
        """Run a command by ssh."""
        return subprocess.run(
            [*self.ssh_command(*options, key=key), command],
            capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def ssh_command(self, *options: str, key: str = "key") -> list[str]:
        """The client's command line."""
        return [
            "ssh", "-F", "none", "-p", str(self.ssh_port), "-i", str(self.folder / key), "-o", "IdentitiesOnly=yes",
            "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR",
            "-o", f"UserKnownHostsFile={self.folder}/known_hosts", *options, "aiuser@127.0.0.1",
        ]  # fmt: skip

    def health(self, *options: str) -> tuple[int, dict[str, Any]]:
        """Exit code and report of the health check."""
        done = self.container.run("/opt/slate/bin/health-check", *options)
        lines = done.stdout.splitlines()
        assert len(lines) == 1, f"not one line: {done.stdout!r} {done.stderr!r}"
        return done.returncode, json.loads(lines[0])


def make_home(folder: Path, user: tuple[int, int] = (1000, 0)) -> Path:
    """An empty home as a volume brings it: it belongs to root, and to the group that may write."""
    folder.mkdir(parents=True)
    os.chown(folder, 0, user[1])
    folder.chmod(0o2770)
    return folder


@contextmanager
def changeable(root: Path, folder: Path) -> Iterator[Path]:
    """The root file system under an overlay, to break things in without touching the original."""
    parts = [folder / name for name in ("upper", "work", "merged")]
    for part in parts:
        part.mkdir(parents=True)
    options = f"lowerdir={root},upperdir={parts[0]},workdir={parts[1]}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(parts[2])], check=True)
    try:
        yield parts[2]
    finally:
        subprocess.run(["umount", "-l", str(parts[2])], check=True)


@contextmanager
def started(
    unpacked: Unpacked,
    folder: Path,
    *,
    root: Path | None = None,
    home: Path | None = None,
    mounts: Sequence[Mount] = (),
    user: tuple[int, int] = (1000, 0),
    token: str | None = TOKEN,
    first: Sequence[str] = (),
) -> Iterator[Workspace]:
    """A workspace for the length of a `with`.

    Args:
        unpacked: The image.
        folder: An empty folder for its files.
        root: Another root file system than the image's.
        home: The home's folder; a new one unless given.
        mounts: Further mounts, such as another home's.
        user: uid and gid.
        token: Content of the token file; no file for None.
        first: What runs in place of the servers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home = home or make_home(folder / "home", user)
    for name in ("token", "ssh"):
        (folder / name).mkdir()
        # A projected volume's folder looks like this.
        (folder / name).chmod(0o1777)
    if token is not None:
        (folder / "token/token").write_text(token)
        os.chown(folder / "token/token", 0, user[1])
        (folder / "token/token").chmod(0o440)
    for name in ("key", "other-key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "key.pub", folder / "ssh/authorized_keys")
    port, ssh_port = free_port(), free_port()
    own = [
        Mount(HOME, home),
        Mount("/tmp", options=("mode=1777",)),
        Mount("/run/user", options=("mode=1777", "size=16m")),
        Mount("/run/slate/token", folder / "token", read_only=True),
        Mount("/run/slate/ssh", folder / "ssh", read_only=True),
    ]
    replaced = {mount.target for mount in mounts}
    with container.running(
        unpacked.runc,
        folder / "container",
        unpacked.image,
        root or unpacked.root,
        mounts=[*(mount for mount in own if mount.target not in replaced), *mounts],
        environment={"SLATE_PORT": str(port), "SLATE_SSH_PORT": str(ssh_port)},
        user=user,
        first=first,
    ) as running:
        yield Workspace(running, folder, root or unpacked.root, port, ssh_port)
