"""Holds the namespaces of a real node: network, mounts and processes of its own, and the link to the machine.

    python -m tools.node.holder --directory D --index 0 --port 6443 -- pause

The machine's mounts, firewall rules and settings stay as they are. When this process ends, however it ends, the kernel
ends every process of the node and removes its mounts, its network and both ends of the link.

What the node needs of the machine (API server, registry, conda mirror) listens on 127.0.0.1 there, and goes on doing
so: each such port is relayed from 127.0.0.1 inside the node and from the node's own address. So certificates and image
references hold on both sides, and nothing more is exposed on the machine. The API server, the first of them, is at port
6443 of the node's address besides, whatever its port on the machine is: network policies name that one.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.cluster.files import write_atomically
from tools.local import namespaces, relay
from tools.node import mount_points
from tools.node.layout import DOOR_HOME, DOOR_USER, Layout
from tools.node.network import API_PORT, Addresses

_SETTINGS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/route_localnet": "1",
    # Pods have IPv4 addresses only; what is not routed need not be filtered.
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Holds the namespaces until SIGTERM or until the first process ends."""
    parser = argparse.ArgumentParser(prog="python -m tools.node.holder", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--directory", type=Path, required=True, help="the node's directory")
    parser.add_argument("--index", type=int, required=True, help="which addresses")
    parser.add_argument("--port", action="append", type=int, default=[], help="of the machine's 127.0.0.1; repeatable")
    parser.add_argument(
        "--door", action="append", type=int, default=[], help="of the node, for the machine's 127.0.0.1"
    )
    parser.add_argument("command", nargs="+", help="the node's first process, which reaps orphans")
    options = parser.parse_args(arguments)
    layout, addresses = Layout.of(options.directory), Addresses(options.index)
    layout.first_process.unlink(missing_ok=True)
    try:
        child, listeners = _start(options.command, layout, addresses, options.port)
    except OSError as error:
        print(f"cannot make the node's namespaces: {error.strerror or error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd)}: {error.stderr.strip()}", file=sys.stderr)
        return 1
    try:
        return asyncio.run(_serve(child, listeners, layout, addresses, ports=options.port, doors=options.door))
    finally:
        layout.first_process.unlink(missing_ok=True)


def _start(
    command: Sequence[str], layout: Layout, addresses: Addresses, ports: Sequence[int]
) -> tuple["subprocess.Popen[bytes]", list[socket.socket]]:
    machine = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    parent = os.getppid()  # whose network the other end of the link belongs to
    mount_points.make(layout)
    namespaces.unshare(namespaces.NEW_NETWORK | namespaces.NEW_MOUNTS)
    namespaces.keep_mounts_private()
    _mounts(layout)
    namespaces.raise_loopback()
    _ip("link", "add", "eth0", "type", "veth", "peer", "name", addresses.interface, "netns", str(parent))
    _ip("addr", "add", f"{addresses.node}/30", "dev", "eth0")
    _ip("link", "set", "eth0", "up")
    _ip("route", "add", "default", "via", addresses.machine)
    for name, value in _SETTINGS.items():
        path = Path("/proc/sys") / name
        if path.exists():
            path.write_text(value, encoding="ascii")
    # A socket belongs to the network it was made in: these listen inside, whatever network this process is in later.
    places = [(address, port) for address in (relay.ADDRESS, addresses.node) for port in ports]
    if ports and (addresses.node, API_PORT) not in places:
        places.append((addresses.node, API_PORT))
    listeners = [socket.create_server(place, backlog=256) for place in places]
    # The next child is the first process of the node: when it ends, all others end.
    namespaces.unshare(namespaces.NEW_PROCESSES)
    child = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=namespaces.first_process(),  # noqa: PLW1509 (there is one thread)
    )
    namespaces.join(machine, namespaces.NEW_NETWORK)
    os.close(machine)
    _ip("link", "set", addresses.interface, "alias", layout.group)  # whose it is
    _ip("addr", "add", f"{addresses.machine}/30", "dev", addresses.interface)
    _ip("link", "set", addresses.interface, "up")
    _ip("route", "add", addresses.pods, "via", addresses.node)  # the machine may call pods
    return child, listeners


def _mounts(layout: Layout) -> None:
    """What programs insist on writing at fixed places lies in the node's directory, or vanishes with the node."""
    _run("mount", "-t", "tmpfs", "-o", "mode=0755", "slate-run", "/run")
    for target, source in mount_points.folders(layout).items():
        _run("mount", "--bind", str(source), str(target))
    # The front door is a user who has no way to the clone.
    Path(DOOR_HOME).mkdir()
    for path in (layout.door, *layout.door.rglob("*")):
        os.chown(path, DOOR_USER, DOOR_USER, follow_symlinks=False)
    _run("mount", "--bind", str(layout.door), DOOR_HOME)
    # Volumes with mount propagation need it, and nothing of it is seen outside.
    _run("mount", "--make-rshared", "/")


async def _serve(
    child: "subprocess.Popen[bytes]",
    listeners: Sequence[socket.socket],
    layout: Layout,
    addresses: Addresses,
    *,
    ports: Sequence[int],
    doors: Sequence[int],
) -> int:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, child.kill)
    loop.add_signal_handler(signal.SIGCHLD, lambda: ended.set() if child.poll() is not None else None)
    of_api = [listener for listener in listeners if listener.getsockname()[1] not in ports]
    servers = await relay.serve(listener for listener in listeners if listener not in of_api)
    servers += await relay.serve(of_api, port=next(iter(ports), None))
    outside = [socket.create_server((relay.ADDRESS, port), backlog=256) for port in doors]
    servers += await relay.serve(outside, addresses.node)
    write_atomically(layout.first_process, f"{child.pid}\n")
    if child.poll() is None:
        await ended.wait()
    for server in servers:
        server.close()
    return 0


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
