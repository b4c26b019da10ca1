"""Linux namespaces by their system calls; Python has them from 3.12 on only."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
from collections.abc import Callable

NEW_MOUNTS = 0x00020000
NEW_PROCESSES = 0x20000000
NEW_NETWORK = 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_REC, _MS_PRIVATE = 0x4000, 1 << 18
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Puts this process, or its next children (process ids), into new namespaces.

    Raises:
        OSError: Not allowed here.
    """
    _check(_libc.unshare(flags), "unshare")


def join(descriptor: int, kind: int) -> None:
    """Puts this thread into a namespace that an open file of /proc/PID/ns names.

    Raises:
        OSError: Not allowed here.
    """
    _check(_libc.setns(descriptor, kind), "setns")


def keep_mounts_private() -> None:
    """Lets no mount of this mount namespace be seen in another, nor the other way round."""
    _mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE)


def raise_loopback() -> None:
    """Switches the loopback interface of a new network namespace on; there is no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        request = bytearray(struct.pack("16sh22x", b"lo", 0))
        fcntl.ioctl(channel, _SIOCGIFFLAGS, request)
        flags = struct.unpack_from("h", request, 16)[0]
        struct.pack_into("h", request, 16, flags | _IFF_UP)
        fcntl.ioctl(channel, _SIOCSIFFLAGS, request)


def ends_with_parent() -> Callable[[], None]:
    """Returns a function for a child to call before its program starts: it then ends when its parent ends.

    The child may be in another process namespace than the parent, in which the parent has no id.
    """
    alive, end = os.pipe()  # its writing end is the parent's alone

    def prepare() -> None:
        os.close(end)
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.set_blocking(alive, False)
        try:
            ended = os.read(alive, 1) == b""  # the parent ended before the line above
        except BlockingIOError:
            ended = False
        if ended:
            os._exit(1)

    return prepare


def as_user(user: int) -> Callable[[], None]:
    """Returns a function for a child to call before its program starts: it is that user then, without any privilege.

    It ends when its parent ends, too, as another user would be let off that.
    """
    tie = ends_with_parent()

    def prepare() -> None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
        _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own open files are closed to it
        tie()

    return prepare


def first_process() -> Callable[[], None]:
    """Returns a function for the first child in a new process namespace to call before its program starts.

    The child ends when its parent ends, and with it, by the kernel's hand, everything that it has started.
    """
    tie = ends_with_parent()

    def prepare() -> None:
        tie()
        _mount(b"proc", b"/proc", b"proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)

    return prepare


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int) -> None:
    _check(_libc.mount(source, target, kind, ctypes.c_ulong(flags), None), f"mount {target.decode()}")


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
