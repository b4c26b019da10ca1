"""The node's certificates, issued by the authority of its control plane, and the kubeconfigs made from them."""

from pathlib import Path

from tools.cluster import kubeconfig, pki
from tools.cluster.components import server
from tools.cluster.files import write_atomically
from tools.node.configuration import NAME
from tools.node.layout import Layout
from tools.node.network import Addresses

AUTHORITY = "cluster-authority"
_USERS = ("kubelet", "kube-proxy")


def ensure(folder: Path, layout: Layout, addresses: Addresses, port: int) -> None:
    """Makes certificates and kubeconfigs that are missing, about to expire, or for other addresses.

    Args:
        folder: The control plane's certificates; those of the node lie beside them.
        layout: The node's paths.
        addresses: The node's addresses.
        port: The API server's port, the same inside the node as outside.
    """
    pki.ensure(folder, requests=requests(addresses))
    for user in _USERS:
        certificate, key = folder / f"node-{user}.crt", folder / f"node-{user}.key"
        text = kubeconfig.document(
            server({"kube-apiserver": port}), folder / f"{AUTHORITY}.crt", f"slate-node-{user}", certificate, key
        )
        write_atomically(layout.configuration / f"{user}.kubeconfig", text)


def requests(addresses: Addresses) -> tuple[pki.Request, ...]:
    """Returns what is issued: the names are those that Kubernetes' own rules know."""
    return (
        pki.Request("node-kubelet", f"system:node:{NAME}", organization="system:nodes"),
        pki.Request("node-kubelet-serving", NAME, serving=True, names=(NAME, addresses.node)),
        pki.Request("node-kube-proxy", "system:kube-proxy"),
    )
