"""The programs of a real node: their command lines. Pure functions: nothing is started here."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.components import Component
from tools.node.configuration import NAME
from tools.node.layout import DOOR_HOME, DOOR_USER, KUBELET_ROOT, Layout
from tools.node.network import Addresses

HOLDER, CONTAINERD, AGENT, KUBELET, PROXY = "namespaces", "containerd", "agent", "kubelet", "kube-proxy"
DOOR = "front-door"
NAMES = (HOLDER, CONTAINERD, AGENT, KUBELET, PROXY, DOOR)
BINARIES = (
    *("containerd", "containerd-shim-runc-v2", "ctr", "runc", "ptp", "portmap", "host-local", "loopback"),
    *("pause", "coredns", "kubelet", "kube-proxy", "nft"),
)
LABEL = "slate.dev/real-node"
"""Label of the real node: what is to run for real selects it."""


@dataclass(frozen=True)
class Program:
    """A program: what is run, and its own variables."""

    component: Component
    variables: Mapping[str, str]


def programs(
    layout: Layout,
    addresses: Addresses,
    binaries: Path,
    root: Path,
    *,
    cluster: Path,
    ports: Sequence[int],
    door: int = 0,
) -> dict[str, Program]:
    """Returns every program by name, in the order of their start.

    Args:
        layout: The paths.
        addresses: The node's addresses.
        binaries: Directory with `BINARIES`.
        root: The clone, which has our own programs.
        cluster: The control plane's directory.
        ports: Ports of 127.0.0.1 that the node reaches; the first is the API server's.
        door: Port of the front door on the machine's 127.0.0.1 and on the node's address; 0: there is none.
    """
    folder = layout.configuration
    variables = {"PYTHONPATH": str(root), "PATH": f"{binaries}:/usr/sbin:/sbin:/usr/bin:/bin"}
    place = f"--directory={layout.directory}"
    inside = (sys.executable, "-m", "tools.node.enter", place, "--")
    holder = (
        *(sys.executable, "-m", "tools.node.holder", place, f"--index={addresses.index}"),
        *(f"--port={port}" for port in ports),
        *((f"--door={door}",) if door else ()),
        *("--", str(binaries / "pause")),
    )
    agent = (
        *(sys.executable, "-m", "tools.node.agent", place, f"--cluster={cluster}"),
        *(f"--port={ports[0]}", f"--pods={addresses.pods}"),
    )
    kubelet = (
        *(str(binaries / "kubelet"), f"--config={folder / 'kubelet.json'}"),
        *(f"--kubeconfig={folder / 'kubelet.kubeconfig'}", f"--root-dir={KUBELET_ROOT}"),
        *(f"--cert-dir={KUBELET_ROOT}/pki", f"--hostname-override={NAME}", f"--node-ip={addresses.node}"),
        f"--node-labels={LABEL}=true",
    )
    commands = {
        HOLDER: holder,
        CONTAINERD: (*inside, str(binaries / "containerd"), f"--config={folder / 'containerd.toml'}"),
        AGENT: (*inside, *agent),
        KUBELET: (*inside, *kubelet),
        PROXY: (*inside, str(binaries / "kube-proxy"), f"--config={folder / 'kube-proxy.json'}"),
    }
    if door:
        caddy = str(Path(sys.executable).parent / "caddy")
        as_user = (*inside[:-1], f"--user={DOOR_USER}", "--")
        commands[DOOR] = (*as_user, caddy, "run", f"--config={DOOR_HOME}/Caddyfile", "--adapter=caddyfile")
    # Caddy insists on folders of its own for what it does not keep in its storage.
    own = {DOOR: {"HOME": DOOR_HOME, "XDG_DATA_HOME": DOOR_HOME, "XDG_CONFIG_HOME": DOOR_HOME}}
    return {
        name: Program(Component(name, command), {**variables, **own.get(name, {})})
        for name, command in commands.items()
    }
