"""Runs an unpacked image with runc as a workspace's pod does: read-only root, no capabilities, uid 1000, few mounts.

The container shares the machine's network, so a test gives it ports that are free. It has no limits; what runc makes
among the cgroups, `delete` removes again.
"""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.images.rootfs import Image

HOME = "/home/workspace"
PATIENCE = 120.0  # seconds; only so that a broken container does not hang the tests


@dataclass(frozen=True)
class Mount:
    """A bind mount, or a memory file system if `source` is None."""

    target: str
    source: Path | None = None
    read_only: bool = False
    options: tuple[str, ...] = ()

    def as_runtime(self) -> dict[str, Any]:
        """The mount in the runtime's own form."""
        flags = ["nosuid", "nodev", "ro" if self.read_only else "rw", *self.options]
        if self.source is None:
            return {"destination": self.target, "type": "tmpfs", "source": "tmpfs", "options": flags}
        return {"destination": self.target, "type": "bind", "source": str(self.source), "options": ["rbind", *flags]}


def specification(
    *,
    image: Image,
    root: Path,
    mounts: Sequence[Mount],
    environment: Mapping[str, str],
    user: tuple[int, int],
    cgroup: str,
    command: Sequence[str] = (),
) -> dict[str, Any]:
    """The runtime's `config.json` for the image's own entry point, or for another command."""
    settings = image.settings
    variables = dict(item.split("=", 1) for item in settings.get("Env", ())) | dict(environment)
    fixed = [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755"]},
        {
            "destination": "/dev/pts",
            "type": "devpts",
            "source": "devpts",
            "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        },
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "nodev", "mode=1777"]},
        {
            "destination": "/sys",
            "type": "bind",
            "source": "/sys",
            "options": ["rbind", "nosuid", "noexec", "nodev", "ro"],
        },
    ]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": user[0], "gid": user[1]},
            "args": [*(command or (*(settings.get("Entrypoint") or ()), *(settings.get("Cmd") or ())))],
            "env": [f"{name}={value}" for name, value in variables.items()],
            "cwd": settings.get("WorkingDir") or "/",
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")},
            "noNewPrivileges": True,
        },
        "root": {"path": str(root), "readonly": True},
        "hostname": "workspace",
        "mounts": [*fixed, *(mount.as_runtime() for mount in mounts)],
        "linux": {
            "cgroupsPath": cgroup,
            "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")],
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/sysrq-trigger"],
            "readonlyPaths": ["/proc/sys", "/proc/irq", "/proc/bus"],
        },
    }


@dataclass
class Container:
    """A running container."""

    runc: list[str]
    name: str
    log: Path
    process: subprocess.Popen
    user: tuple[int, int] = (1000, 0)
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"

    def run(
        self, *command: str, user: tuple[int, int] | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside, as the workspace's user unless told otherwise."""
        uid, gid = user or self.user
        variables = [f"--env={name}={value}" for name, value in {**self.environment, **(environment or {})}.items()]
        return subprocess.run(
            [*self.runc, "exec", f"--user={uid}:{gid}", f"--cwd={self.folder}", *variables, self.name, *command],
            capture_output=True, text=True, check=False, timeout=PATIENCE * 5, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def output(self) -> str:
        """What the container has logged so far."""
        return self.log.read_text(errors="replace")

    def signal(self, name: str) -> None:
        """Send a signal to its first process."""
        subprocess.run([*self.runc, "kill", self.name, name], check=True, capture_output=True)

    def wait(self, seconds: float = PATIENCE) -> int:
        """The exit code, when it has ended."""
        return self.process.wait(seconds)

    def wait_for(self, what: str, check, seconds: float = PATIENCE) -> Any:
        """The first true value of a check; fails with the container's log."""
        deadline = time.monotonic() + seconds
        while True:
            value = check()
            if value:
                return value
            assert self.process.poll() is None, f"{what}: the container ended\n{self.output()}"
            assert time.monotonic() < deadline, f"{what}: not so within {seconds:.0f} s\n{self.output()}"
            time.sleep(0.1)


@contextmanager
def running(
    runc: Path,
    folder: Path,
    image: Image,
    root: Path,
    *,
    mounts: Sequence[Mount] = (),
    environment: Mapping[str, str] | None = None,
    user: tuple[int, int] = (1000, 0),
    first: Sequence[str] = (),
) -> Iterator[Container]:
    """A container for the length of a `with`; killed and deleted at its end.

    Args:
        runc: The runtime's program.
        folder: An empty folder for its files.
        image: What runs.
        root: The image's unpacked root file system.
        mounts: Besides /proc, /dev and /sys.
        environment: On top of the image's own.
        user: uid and gid of the first process.
        first: Its command, if it is not the image's own.
    """
    name = f"slate-test-{uuid.uuid4().hex[:12]}"
    bundle, state = folder / "bundle", folder / "state"
    bundle.mkdir(parents=True)
    state.mkdir()
    given = dict(environment or {})
    config = specification(
        image=image, root=root, mounts=mounts, environment=given, user=user, cgroup=f"/{name}", command=first
    )
    (bundle / "config.json").write_text(json.dumps(config))
    log = folder / "log"
    command = [str(runc), "--root", str(state)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "run", "--bundle", str(bundle), name],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
    variables = dict(item.split("=", 1) for item in image.settings.get("Env", ())) | given
    try:
        yield Container(command, name, log, process, user, variables, image.settings.get("WorkingDir") or "/")
    finally:
        subprocess.run([*command, "kill", name, "KILL"], check=False, capture_output=True)
        try:
            process.wait(30)
        finally:
            subprocess.run([*command, "delete", "--force", name], check=False, capture_output=True)
