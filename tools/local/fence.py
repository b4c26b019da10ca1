"""Runs a program in a network of its own, from which nothing can be reached but some ports of 127.0.0.1.

    python -m tools.local.fence --port 5000 --port 8100 -- buildkitd --addr unix:///run/buildkit.sock

The program sees a loopback interface and nothing else: no route, no name server, no other interface. Each port is
relayed to the same port of the machine. It also has process ids and mounts of its own: everything that it has started
ends with it, and no mount is seen outside.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence

from tools.local import namespaces, relay

STOP_SECONDS = 8.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program until it ends; SIGTERM ends it in good order.

    Returns:
        Its exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.local.fence", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", action="append", type=int, default=[], help="what can be reached; several times")
    parser.add_argument("command", nargs="+", help="the program and its arguments, after --")
    options = parser.parse_args(arguments)
    try:
        child, listeners = _start(options.command, options.port)
    except OSError as error:
        print(f"cannot start {options.command[0]} in a network of its own: {error.strerror}", file=sys.stderr)
        return 1
    return asyncio.run(_serve(child, listeners))


def _start(command: Sequence[str], ports: Sequence[int]) -> tuple["subprocess.Popen[bytes]", list[socket.socket]]:
    outside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    namespaces.unshare(namespaces.NEW_NETWORK | namespaces.NEW_MOUNTS | namespaces.NEW_PROCESSES)
    namespaces.keep_mounts_private()
    namespaces.raise_loopback()
    # A socket belongs to the network it was made in: these listen inside, whatever network this process is in later.
    listeners = [socket.create_server((relay.ADDRESS, port), backlog=256) for port in ports]
    child = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=namespaces.first_process(),  # noqa: PLW1509 (there is one thread)
    )
    namespaces.join(outside, namespaces.NEW_NETWORK)
    os.close(outside)
    return child, listeners


async def _serve(child: "subprocess.Popen[bytes]", listeners: Sequence[socket.socket]) -> int:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _ask_to_end, loop, child)
    loop.add_signal_handler(signal.SIGCHLD, lambda: ended.set() if child.poll() is not None else None)
    servers = await relay.serve(listeners)
    if child.poll() is None:
        await ended.wait()
    for server in servers:
        server.close()
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _ask_to_end(loop: asyncio.AbstractEventLoop, child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    loop.call_later(STOP_SECONDS, child.kill)


if __name__ == "__main__":
    sys.exit(main())
