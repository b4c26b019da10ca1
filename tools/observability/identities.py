"""ServiceAccounts for programs outside of the cluster: kubeconfigs whose short-lived tokens are renewed."""

import http
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tools.cluster import api
from tools.cluster.components import server
from tools.cluster.files import write_atomically
from tools.cluster.layout import Layout as ClusterLayout
from tools.cluster.plan import ADMINISTRATOR
from tools.cluster.plan import Plan as ClusterPlan
from tools.observability.declared import Account
from tools.observability.layout import Layout

TOKEN_SECONDS = 3600
RENEW_SECONDS = TOKEN_SECONDS / 2
# Clients ask for the token anew once it is due, a while before the old one ends.
_MARGIN_SECONDS = 300


def write_kubeconfigs(accounts: Iterable[Account], layout: Layout, cluster: ClusterLayout, api_address: str) -> None:
    """Writes a kubeconfig for each account; its tokens lie beside it, and clients read them anew when they end."""
    for account in accounts:
        read_token = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "cat",
            "args": [str(layout.credential(account.name))],
            "interactiveMode": "Never",
        }
        value = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": account.name,
            "clusters": [
                {
                    "name": "slate-embedded",
                    "cluster": {
                        "server": api_address,
                        "certificate-authority": str(cluster.pki / "cluster-authority.crt"),
                    },
                }
            ],
            "users": [{"name": account.name, "user": {"exec": read_token}}],
            "contexts": [
                {
                    "name": account.name,
                    "context": {"cluster": "slate-embedded", "user": account.name, "namespace": account.namespace},
                }
            ],
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
    context = api.client_context(
        pki / "cluster-authority.crt", pki / f"{ADMINISTRATOR}.crt", pki / f"{ADMINISTRATOR}.key"
    )
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
        _write(layout.credential(account.name), json.loads(answer)["status"]["token"])


def api_address(cluster: ClusterLayout) -> str | None:
    """Returns the address of the API server, or None if the cluster does not run."""
    planned = ClusterPlan.read(cluster)
    return server(planned.ports) if planned is not None and cluster.kubeconfig.exists() else None


def _write(path: Path, token: str) -> None:
    until = datetime.fromtimestamp(time.time() + RENEW_SECONDS + _MARGIN_SECONDS, UTC)
    value = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token, "expirationTimestamp": until.strftime("%Y-%m-%dT%H:%M:%SZ")},
    }
    write_atomically(path, json.dumps(value) + "\n")
