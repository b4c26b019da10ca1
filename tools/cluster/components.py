"""The command lines of the control plane. Pure functions: nothing is read, started or written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.layout import Layout
from tools.cluster.ports import ADDRESS

NAMES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
SERVICE_NETWORK = "10.96.0.0/16"
POD_NETWORK = "10.244.0.0/16"
# A node counts as lost when its lease was not renewed for this long (kube-controller-manager's own default is 50 s).
# kwok renews every quarter of LEASE_SECONDS, and after its own restart must wait until its old leases end.
NODE_GRACE_SECONDS = 20
LEASE_SECONDS = 10
# kwok leaves nodes alone that bear this label: their kubelet is gone, as far as the cluster can see.
LOST = "sim.slate.dev/fault!=lost"
SIMULATED = "kwok.x-k8s.io/node=fake"


@dataclass(frozen=True)
class Component:
    """A program of the control plane.

    Attributes:
        name: Name of the program, of its log file and of its identity.
        command: The command line; it holds paths of secrets, never secrets.
    """

    name: str
    command: tuple[str, ...]


def server(ports: Mapping[str, int]) -> str:
    """Returns the address of the API server."""
    return f"https://{ADDRESS}:{ports['kube-apiserver']}"


def components(layout: Layout, ports: Mapping[str, int], binaries: Path) -> tuple[Component, ...]:
    """Returns the components in the order of their start; they stop in the reverse order.

    Args:
        layout: The paths of the cluster.
        ports: A port for each of `ports.NAMES`.
        binaries: Directory with the programs.
    """
    arguments = {
        "etcd": _etcd(layout, ports),
        "kube-apiserver": _api_server(layout, ports),
        "kube-controller-manager": _controller_manager(layout, ports),
        "kube-scheduler": _scheduler(layout, ports),
        "kwok": _kwok(layout, ports),
    }
    return tuple(Component(name, (str(binaries / name), *arguments[name])) for name in NAMES)


def _etcd(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    client, peer = f"https://{ADDRESS}:{ports['etcd']}", f"https://{ADDRESS}:{ports['etcd-peer']}"
    mutual_tls = [
        f"--{kind}{option}"
        for kind in ("", "peer-")
        for option in (
            "client-cert-auth",
            f"trusted-ca-file={layout.pki}/etcd-authority.crt",
            f"cert-file={layout.pki}/etcd.crt",
            f"key-file={layout.pki}/etcd.key",
        )
    ]
    return [
        f"--data-dir={layout.etcd}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        *mutual_tls,
        "--quota-backend-bytes=4294967296",
        "--log-level=warn",
        "--unsafe-no-fsync",  # ten times quicker on a slow disk; only a power failure can lose writes
    ]


def _api_server(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    pki = layout.pki
    return [
        f"--etcd-servers=https://{ADDRESS}:{ports['etcd']}",
        f"--etcd-cafile={pki}/etcd-authority.crt",
        f"--etcd-certfile={pki}/etcd.crt",
        f"--etcd-keyfile={pki}/etcd.key",
        f"--bind-address={ADDRESS}",
        f"--advertise-address={ADDRESS}",
        f"--secure-port={ports['kube-apiserver']}",
        # A loopback address is no valid endpoint; the reconciler would log an error every ten seconds.
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={pki}/kube-apiserver.crt",
        f"--tls-private-key-file={pki}/kube-apiserver.key",
        f"--client-ca-file={pki}/cluster-authority.crt",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki}/service-accounts.key",
        f"--service-account-signing-key-file={pki}/service-accounts.key",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        f"--kubelet-certificate-authority={pki}/cluster-authority.crt",
        f"--kubelet-client-certificate={pki}/kube-apiserver-kubelet-client.crt",
        f"--kubelet-client-key={pki}/kube-apiserver-kubelet-client.key",
        "--kubelet-preferred-address-types=InternalIP,Hostname",
        f"--requestheader-client-ca-file={pki}/front-proxy-authority.crt",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki}/front-proxy-client.crt",
        f"--proxy-client-key-file={pki}/front-proxy-client.key",
        "--allow-privileged=true",
    ]


def _controller(layout: Layout, ports: Mapping[str, int], name: str) -> list[str]:
    """What controller manager and scheduler share."""
    kubeconfig = layout.component_kubeconfig(name)
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--bind-address={ADDRESS}",
        f"--secure-port={ports[name]}",
        f"--tls-cert-file={layout.pki}/{name}.crt",
        f"--tls-private-key-file={layout.pki}/{name}.key",
        "--leader-elect=false",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]


def _controller_manager(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    return [
        *_controller(layout, ports, "kube-controller-manager"),
        "--use-service-account-credentials=true",
        f"--root-ca-file={layout.pki}/cluster-authority.crt",
        f"--service-account-private-key-file={layout.pki}/service-accounts.key",
        f"--cluster-signing-cert-file={layout.pki}/cluster-authority.crt",
        f"--cluster-signing-key-file={layout.pki}/cluster-authority.key",
        f"--node-monitor-grace-period={NODE_GRACE_SECONDS}s",
    ]


def _scheduler(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    return _controller(layout, ports, "kube-scheduler")


def _kwok(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    return [
        f"--kubeconfig={layout.component_kubeconfig('kwok')}",
        f"--config={layout.stages}",
        "--v=WARN",  # it would log every renewal of every lease
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={SIMULATED}",
        f"--manage-nodes-with-label-selector={LOST}",
        f"--node-lease-duration-seconds={LEASE_SECONDS}",
        f"--cidr={POD_NETWORK}",
        f"--node-ip={ADDRESS}",
        f"--node-port={ports['kwok']}",
        f"--server-address={ADDRESS}:{ports['kwok']}",
        f"--tls-cert-file={layout.pki}/kwok.crt",
        f"--tls-private-key-file={layout.pki}/kwok.key",
    ]
