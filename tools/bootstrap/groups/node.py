"""The real node of the embedded cluster: containerd, network plugins, kubelet, CoreDNS. Linux only."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.bootstrap.gobuild import Target
from tools.bootstrap.gomod import module_version
from tools.bootstrap.groups.kubernetes import FLAGS, KUBERNETES, stamps
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.workplace import Workplace

CONTAINERD = "github.com/containerd/containerd/v2"
PLUGINS = "github.com/containernetworking/plugins"
COREDNS = "github.com/coredns/coredns"
_RUNTIME = ("containerd", "containerd-shim-runc-v2", "ctr")
_NETWORK = {"ptp": "main", "loopback": "main", "host-local": "ipam", "portmap": "meta"}
# CoreDNS and pause become images of nothing else: they must not need a C library.
_STATIC = ("-tags", "netgo,osusergo")


@dataclass(frozen=True)
class NodeGroup(NativeGroup):
    """containerd, its shim and client, the network plugins, and the first process of pods, from one module."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return those that are missing."""
        del place
        version = f"v{module_version(self.module, CONTAINERD)}"
        named = ((f"{CONTAINERD}/version.Version", version),)
        plugin = ((f"{PLUGINS}/pkg/utils/buildversion.BuildVersion", f"v{module_version(self.module, PLUGINS)}"),)
        targets = [Target(name, f"{CONTAINERD}/cmd/{name}", stamps=named) for name in _RUNTIME]
        targets += [Target(name, f"{PLUGINS}/plugins/{kind}/{name}", stamps=plugin) for name, kind in _NETWORK.items()]
        targets.append(Target("pause", "./pause", _STATIC))
        return [target for target in targets if target.name in missing]


class KubeletGroup(NativeGroup):
    """Built from the control plane's module, so that their versions agree."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return those that are missing."""
        del place
        version = module_version(self.module, KUBERNETES)
        return [Target(name, f"{KUBERNETES}/cmd/{name}", FLAGS, tuple(stamps(version))) for name in missing]


class CoreDnsGroup(NativeGroup):
    """CoreDNS with the plugins that are used."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return CoreDNS."""
        del missing, place
        return [Target("coredns", ".", _STATIC)]


def node_group(place: Workplace) -> NodeGroup:
    """Return the group for a clone; it brings everything along that a node needs."""
    module = place.root / "tools/toolchain/node"
    containerd, plugins = module_version(module, CONTAINERD), module_version(module, PLUGINS)
    tools = (
        *(NativeTool(name, containerd) for name in _RUNTIME),
        *(NativeTool(name, plugins, ()) for name in _NETWORK),
        NativeTool("pause", containerd, ()),  # our own, of a few lines
    )
    return NodeGroup(
        "node", "a real node: containerd and pod network", module, tools, ("kubelet", "coredns", "runc", "nft")
    )


def kubelet_group(place: Workplace) -> KubeletGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/kubernetes"
    version = module_version(module, KUBERNETES)
    tools = tuple(NativeTool(name, version) for name in ("kubelet", "kube-proxy"))
    return KubeletGroup("kubelet", "a real node: kubelet and kube-proxy", module, tools)


def coredns_group(place: Workplace) -> CoreDnsGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/coredns"
    version = module_version(module, COREDNS)
    return CoreDnsGroup(
        "coredns", "a real node: the cluster's DNS", module, (NativeTool("coredns", version, ("-version",)),)
    )
