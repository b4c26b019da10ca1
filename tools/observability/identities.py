"""ServiceAccounts for programs outside of the cluster: kubeconfigs whose short-lived tokens are renewed."""

import http
import json
from collections.abc import Iterable
from pathlib import Path

from tools.cluster import api
from tools.cluster.components import server
from tools.cluster.files import write_atomically
from tools.cluster.layout import Layout as ClusterLayout
from tools.cluster.plan import Plan as ClusterPlan
from tools.observability.declared import Account
from tools.observability.layout import Layout

TOKEN_SECONDS = 3600
RENEW_SECONDS = TOKEN_SECONDS / 2


def write_kubeconfigs(accounts: Iterable[Account], layout: Layout, cluster: ClusterLayout, server: str) -> None:
    """Writes a kubeconfig for each account; its token lies beside it, and clients read it anew."""
    for account in accounts:
        place = {"server": server, "certificate-authority": str(authority(cluster))}
        context = {"cluster": "slate-embedded", "user": account.name, "namespace": account.namespace}
        value = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": account.name,
            "clusters": [{"name": "slate-embedded", "cluster": place}],
            "users": [{"name": account.name, "user": {"tokenFile": str(layout.token(account.name))}}],
            "contexts": [{"name": account.name, "context": context}],
        }
        write_atomically(layout.kubeconfig(account.name), json.dumps(value, indent=2) + "\n")


def renew_tokens(accounts: Iterable[Account], layout: Layout, cluster: ClusterLayout) -> None:
    """Asks the API server for a token of each account and writes it down.

    Raises:
        OSError: It does not answer, or refuses.
    """
    planned = ClusterPlan.read(cluster)
    if planned is None:
        raise OSError("the embedded cluster has not been started")
    pki, port = cluster.pki, planned.ports["kube-apiserver"]
    # Made anew each time: the cluster renews its certificates.
    context = api.administrator_context(pki)
    for account in accounts:
        path = f"/api/v1/namespaces/{account.namespace}/serviceaccounts/{account.name}/token"
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": TOKEN_SECONDS},
        }
        status, answer = api.request(port, path, context, method="POST", body=body, content_type="application/json")
        if status != http.HTTPStatus.CREATED:
            raise OSError(f"no token of ServiceAccount {account.namespace}/{account.name}: status {status}")
        write_atomically(layout.token(account.name), json.loads(answer)["status"]["token"])


def api_address(cluster: ClusterLayout) -> str | None:
    """Returns the address of the API server, or None if the cluster does not run."""
    planned = ClusterPlan.read(cluster)
    return server(planned.ports) if planned is not None and cluster.kubeconfig.exists() else None


def authority(cluster: ClusterLayout) -> Path:
    """Returns the certificate that the API server's own is checked against."""
    return cluster.pki / "cluster-authority.crt"
