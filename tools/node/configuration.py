"""What the programs of a real node read. Pure functions: nothing is written here."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.node.layout import RUNTIME_SOCKET, Layout
from tools.node.network import DNS_SERVICE, Addresses

DOMAIN = "cluster.local"
NAME = "slate-node"
"""The node's name; the stages of simulated volumes (tools/cluster/stages/volumes.yaml) know it as well."""

PIDS = 4096
"""Processes and threads that one pod may have."""

# Nothing of these is used, and some look for kernel modules at every start.
_UNUSED = (
    *(f"io.containerd.snapshotter.v1.{name}" for name in ("blockfile", "btrfs", "devmapper", "erofs", "zfs")),
    *("io.containerd.nri.v1.nri", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"),
)


def files(
    layout: Layout, addresses: Addresses, binaries: Path, authority: Path, *, pause: str, registries: Sequence[str]
) -> dict[Path, str]:
    """Returns the files by path.

    Args:
        layout: The paths.
        addresses: The node's addresses.
        binaries: Directory with the programs.
        authority: Certificate of the authority whose clients the kubelet knows.
        pause: The image that holds a pod's namespaces.
        registries: Registries that are asked without TLS: `host:port`.
    """
    folder = layout.configuration
    found = {
        folder / "containerd.toml": containerd(layout, binaries, pause),
        folder / "net.d" / "10-slate.conflist": _text(network(layout, addresses)),
        folder / "kubelet.json": _text(kubelet(layout, addresses, authority)),
        folder / "kube-proxy.json": _text(kube_proxy(layout, addresses)),
        folder / "resolv.conf": "",
    }
    for host in registries:
        text = f'server = "http://{host}"\n\n[host."http://{host}"]\n  capabilities = ["pull", "resolve"]\n'
        found[folder / "registries" / host / "hosts.toml"] = text
    return found


def containerd(layout: Layout, binaries: Path, pause: str) -> str:
    """Returns containerd's configuration."""
    return f"""\
version = 3
root = {_quoted(layout.storage)}
state = "/run/containerd"
disabled_plugins = {json.dumps(_UNUSED)}

[grpc]
address = "{RUNTIME_SOCKET}"

[plugins."io.containerd.internal.v1.opt"]
path = {_quoted(layout.storage / "opt")}

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{pause}"

[plugins."io.containerd.cri.v1.images".registry]
config_path = {_quoted(layout.configuration / "registries")}

[plugins."io.containerd.cri.v1.runtime"]
# Without CAP_SYS_RESOURCE, as in many CI machines, no process can be made less likely to be killed.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = [{_quoted(binaries)}]
conf_dir = {_quoted(layout.configuration / "net.d")}

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = {_quoted(binaries / "runc")}
SystemdCgroup = false
"""


def network(layout: Layout, addresses: Addresses) -> Mapping[str, object]:
    """Returns the pod network: routed, not bridged, so that the node's rules see packets between two pods as well."""
    addressing = {
        "type": "host-local",
        "dataDir": "/run/cni-addresses",  # forgotten with the node, as the pods' addresses are
        "ranges": [[{"subnet": addresses.pods}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    del layout
    plugins = [
        {"type": "ptp", "ipMasq": False, "ipam": addressing},
        {"type": "portmap", "capabilities": {"portMappings": True}, "backend": "nftables"},
    ]
    return {"cniVersion": "1.0.0", "name": "slate", "plugins": plugins}


def kubelet(layout: Layout, addresses: Addresses, authority: Path) -> Mapping[str, object]:
    """Returns the KubeletConfiguration."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.group}",
        "containerRuntimeEndpoint": f"unix://{RUNTIME_SOCKET}",
        "address": addresses.node,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(authority.parent / "node-kubelet-serving.crt"),
        "tlsPrivateKeyFile": str(authority.parent / "node-kubelet-serving.key"),
        "clusterDomain": DOMAIN,
        "clusterDNS": [DNS_SERVICE],
        "resolvConf": str(layout.configuration / "resolv.conf"),
        "enforceNodeAllocatable": ["pods"],
        "kubeReserved": {"cpu": "100m", "memory": "1Gi"},
        "evictionHard": {"memory.available": "100Mi"},
        "podPidsLimit": PIDS,
        "imageGCHighThresholdPercent": 100,  # the disk is the machine's
        # Images that the node brings itself cannot be pulled again; the registry is this clone's own.
        "imagePullCredentialsVerificationPolicy": "NeverVerify",
        "serializeImagePulls": False,
        "syncFrequency": "10s",
        "volumePluginDir": "/run/volume-plugins",
        "healthzPort": 10248,
    }


def kube_proxy(layout: Layout, addresses: Addresses) -> Mapping[str, object]:
    """Returns the KubeProxyConfiguration."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(layout.configuration / "kube-proxy.kubeconfig")},
        "clusterCIDR": addresses.pods,
        "hostnameOverride": NAME,
        "conntrack": {"maxPerCore": 0},  # a setting of the whole machine
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
    }


def _text(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=1) + "\n"


def _quoted(path: Path) -> str:
    return json.dumps(str(path))  # JSON's strings are TOML's, too
