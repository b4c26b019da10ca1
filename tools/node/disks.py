"""Home volumes that hold no more than their size: a file system in a file for each, mounted inside the node.

The file is sparse: it takes the space of what is in it, and gives it back. Where a machine cannot do this, a volume is
a plain folder without a limit, and stays one.

A folder is there only while its file system is mounted, so that nobody takes an empty folder for an empty home.
"""

import contextlib
import errno
import os
import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

SUFFIX = ".ext4"
_PROGRAMS = ("mkfs.ext4", "e2fsck", "resize2fs", "losetup", "mount", "umount")
_BLOCK = 4096
_CONTROL = Path("/dev/loop-control")
_LEAST = 32 * 1024 * 1024  # below that little of it is left for files
_MODE = 0o770


def possible(path: str | None = None) -> bool:
    """Returns whether this machine can mount a file system that is in a file.

    Args:
        path: Where programs are looked for (default: the variable PATH).
    """
    return _CONTROL.exists() and all(shutil.which(name, path=path) for name in _PROGRAMS)


def file_of(folder: Path) -> Path:
    """Returns the file of a volume's file system."""
    return folder.with_name(folder.name + SUFFIX)


def provide(folder: Path, size: int) -> None:
    """Makes a volume, or lets it grow; a folder without a file stays as it is.

    Args:
        folder: Where it is mounted.
        size: In bytes.

    Raises:
        OSError: It cannot be made, or not grow as long as a pod has it.
        subprocess.CalledProcessError: A program failed.
    """
    file = file_of(folder)
    if not file.exists():
        if folder.exists() or size < _LEAST or not possible():
            folder.mkdir(mode=_MODE, exist_ok=True)
            return
        _make(file, size)
        mount(folder)
        _tidy(folder)
        folder.chmod(_MODE)
    mount(folder)
    if _size_inside(file) < size // _BLOCK * _BLOCK:
        _grow(folder, file, size)


def mount(folder: Path) -> None:
    """Mounts a volume that has a file, if it is not mounted.

    Raises:
        OSError: Something is in its place.
        subprocess.CalledProcessError: It cannot be mounted; there is no folder then.
    """
    if folder.is_mount():
        return
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()  # of the last start
    folder.mkdir(mode=_MODE)
    try:
        _run("mount", "-t", "ext4", "-o", "loop,discard,nosuid,nodev", str(file_of(folder)), str(folder))
    except subprocess.CalledProcessError:
        folder.rmdir()
        raise


def mount_all(root: Path) -> list[str]:
    """Mounts all volumes below a folder; returns what went wrong."""
    problems = []
    for file in sorted(root.glob(f"*{SUFFIX}")):
        try:
            mount(file.with_name(file.name.removesuffix(SUFFIX)))
        except (OSError, subprocess.CalledProcessError) as error:
            problems.append(f"{file.name}: {(getattr(error, 'stderr', '') or str(error)).strip()}")
    return problems


def remove(folder: Path) -> None:
    """Removes a volume with all its content."""
    if folder.is_mount():
        _run("umount", "--lazy", str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    file_of(folder).unlink(missing_ok=True)


def _grow(folder: Path, file: Path, size: int) -> None:
    """Lets a file system grow in use, if the kernel lets us (CAP_SYS_RESOURCE), or else when no pod has it."""
    if file.stat().st_size < size:
        os.truncate(file, size)
    device = _run("losetup", "--noheadings", "--output=NAME", f"--associated={file}").split()[0]
    _run("losetup", "--set-capacity", device)
    try:
        _run("resize2fs", device)
        return
    except subprocess.CalledProcessError:
        if _mounts(folder) > 1:
            raise OSError(errno.EBUSY, "grows when its pod has ended, as this machine forbids it before") from None
    _run("umount", str(folder))
    folder.rmdir()  # a pod that comes now waits
    try:
        _run("e2fsck", "-f", "-p", str(file), fine=(0, 1))  # 1: has mended something
        _run("resize2fs", str(file))
    finally:
        mount(folder)
        _tidy(folder)


def _tidy(folder: Path) -> None:
    with contextlib.suppress(OSError):
        (folder / "lost+found").rmdir()  # a home has no use for it, unless something is in it


def _mounts(folder: Path) -> int:
    """Returns how many times the file system is mounted inside the node."""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return sum(line.split()[2] == wanted for line in lines)


def _size_inside(file: Path) -> int:
    """Returns the size of the file system in a file, from its superblock (ext4 disk layout, "The Super Block")."""
    with file.open("rb") as stream:
        stream.seek(1024)
        start = stream.read(28)
    (blocks,), (power,) = struct.unpack_from("<I", start, 4), struct.unpack_from("<I", start, 24)
    return blocks << (10 + power)


def _make(file: Path, size: int) -> None:
    temporary = file.with_name(f".{file.name}")
    try:
        with temporary.open("wb") as stream:
            stream.truncate(size)
        # All of it is the user's, and nothing is written before it is needed.
        options = "lazy_itable_init=1,lazy_journal_init=1,nodiscard"
        _run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", options, str(temporary))
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _run(*command: str, fine: Sequence[int] = (0,)) -> str:
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    if answer.returncode not in fine:
        raise subprocess.CalledProcessError(answer.returncode, command, answer.stdout, answer.stderr)
    return answer.stdout
