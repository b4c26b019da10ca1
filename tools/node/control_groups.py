"""The control group that holds all pods of a node: made before the kubelet starts, removed with everything in it."""

import contextlib
import os
import signal
import time
from pathlib import Path

from tools.local import groups

MOUNT = Path("/sys/fs/cgroup")
_VERSION_2 = "cgroup.controllers"
_WEIGHTS = {"cpu.shares": (1024, 1 << 18), "cpu.weight": (100, 10000)}
"""That of one processor, which is every group's at first, and the greatest one; by control groups' version."""
_CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids", "hugetlb")


def make(name: str, mount: Path = MOUNT) -> None:
    """Makes the group in every hierarchy that the kubelet uses.

    With version 1 each controller has a hierarchy of its own; with version 2 there is one, in which a group hands its
    controllers on to those below it.

    Raises:
        OSError: Not allowed here.
    """
    if (mount / _VERSION_2).exists():
        _hand_on(mount)
        _open_folder(mount / name)
        _hand_on(mount / name)
        _weigh(mount / name)
        return
    for hierarchy in _hierarchies(mount):
        _open_folder(hierarchy / name)
        _weigh(hierarchy / name)
        if (hierarchy / "cpuset.cpus").exists():  # no process can enter a group without processors
            for file in ("cpuset.cpus", "cpuset.mems"):
                if not (hierarchy / name / file).read_text(encoding="ascii").strip():
                    (hierarchy / name / file).write_text((hierarchy / file).read_text(encoding="ascii"))


def processes(name: str, mount: Path = MOUNT) -> set[int]:
    """Returns the ids of all processes in the group and below it."""
    found: set[int] = set()
    for top in (mount / name, *mount.glob(f"*/{name}")):
        for folder, _, _ in os.walk(top):  # which passes over a group that has gone meanwhile
            with contextlib.suppress(OSError):
                found |= {int(line) for line in Path(folder, "cgroup.procs").read_text(encoding="ascii").split()}
    return found - {0}  # processes that this namespace cannot see


def end_processes(name: str, patience: float, mount: Path = MOUNT) -> None:
    """Asks all processes of the group to end, and ends those that have not after `patience` seconds."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        asked: set[int] = set()
        while remaining := processes(name, mount):
            if time.monotonic() > deadline:
                break
            for pid in remaining - asked if number == signal.SIGTERM else remaining:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            asked |= remaining
            time.sleep(0.05)


def remove(name: str, mount: Path = MOUNT) -> None:
    """Removes the group from every hierarchy; what still runs in it is killed."""
    end_processes(name, 0, mount)
    groups.remove(name, mount)


def left(name: str, mount: Path = MOUNT) -> list[Path]:
    """Returns where the group still is."""
    return [top for top in (mount / name, *mount.glob(f"*/{name}")) if top.is_dir()]


def _open_folder(path: Path) -> None:
    """Whoever is root in a user namespace is nobody here, and must find the way to its own group all the same."""
    path.mkdir(exist_ok=True)
    path.chmod(0o755)


def _weigh(group: Path) -> None:
    """A node that offers all processors weighs as much as that many programs, and not as one, beside the machine's own.

    Else probes of workspaces starve where the machine is busy: pods would share among them what one program gets.
    """
    for file, (one, greatest) in _WEIGHTS.items():
        if (group / file).exists():
            weight = min(one * len(os.sched_getaffinity(0)), greatest)
            (group / file).write_text(str(weight), encoding="ascii")


def _hierarchies(mount: Path) -> list[Path]:
    """Version 1: one folder for each controller; links such as cpu -> cpu,cpuacct and version 2's are left out."""
    return [
        path
        for path in sorted(mount.iterdir())
        if path.is_dir() and not path.is_symlink() and not (path / _VERSION_2).exists()
    ]


def _hand_on(group: Path) -> None:
    present = (group / _VERSION_2).read_text(encoding="ascii").split()
    for controller in _CONTROLLERS:
        if controller in present:
            with contextlib.suppress(OSError):  # the kubelet says what it misses
                (group / "cgroup.subtree_control").write_text(f"+{controller}", encoding="ascii")
