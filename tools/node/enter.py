"""Runs a program inside the namespaces of a real node.

    python -m tools.node.enter --directory D -- ctr images list

It ends with whoever started it, and this with it.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.local import namespaces
from tools.node.layout import Layout

# In this order: the process namespace holds for children only, and with the mounts /proc is another one.
_KINDS = (("pid", namespaces.NEW_PROCESSES), ("net", namespaces.NEW_NETWORK), ("mnt", namespaces.NEW_MOUNTS))
WAIT_SECONDS = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.node.enter", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--directory", type=Path, required=True, help="the node's directory")
    parser.add_argument("--user", type=int, default=0, help="number of the user that it runs as, without privileges")
    parser.add_argument("command", nargs="+", help="the program and its arguments, after --")
    options = parser.parse_args(arguments)
    layout = Layout.of(options.directory)
    try:
        enter(layout)
        child = _start_as(options.user, options.command) if options.user else _start(options.command)
    except OSError as error:
        print(f"cannot run {options.command[0]} inside the node: {error.strerror or error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: child.send_signal(number))
    status = child.wait()
    return status if status >= 0 else 128 - status


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    os.umask(0o022)  # root folders of containers must be open to their users
    return subprocess.Popen(
        command,
        preexec_fn=namespaces.ends_with_parent(),  # noqa: PLW1509 (there is one thread)
    )


def _start_as(user: int, command: Sequence[str]) -> "subprocess.Popen[bytes]":
    os.umask(0o077)
    # The user need not have a way to the file: it is open already.
    program = os.open(command[0], os.O_RDONLY)
    return subprocess.Popen(
        command,
        executable=f"/proc/self/fd/{program}",
        pass_fds=(program,),
        cwd="/",
        preexec_fn=namespaces.as_user(user),  # noqa: PLW1509 (there is one thread)
    )


def enter(layout: Layout) -> None:
    """Puts this process into the node's network and mounts, and its children into the node's processes.

    Raises:
        OSError: The node's namespaces are not there, or this is not allowed.
    """
    first = first_process(layout)
    here = Path.cwd()
    descriptors = [(os.open(f"/proc/{first}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC), kind) for name, kind in _KINDS]
    for descriptor, kind in descriptors:
        namespaces.join(descriptor, kind)
        os.close(descriptor)
    os.chdir(here)  # another mount namespace begins at its root


def first_process(layout: Layout) -> int:
    """Returns the process id of the node's first process; waits for it while the node starts.

    Raises:
        OSError: The node does not run.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return int(layout.first_process.read_text(encoding="ascii"))
        except (OSError, ValueError):
            if time.monotonic() > deadline:
                raise OSError("the node does not run") from None
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
