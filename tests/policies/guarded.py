"""Objects in a guarded namespace, and how the API server answers."""

import copy
from typing import Any

import pytest

from tests.policies.admission import Refused, Server, path_of
from tests.policies.bases import of_kind
from tests.policies.fault import put

SPACE = "guarded"


def role(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    return {**kind, "rules": rules}


def bound(name: str, user: str) -> dict[str, Any]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": user},
        "roleRef": reference,
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }


def placed(manifest: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    """An object in the test's namespace, under a name of its own."""
    made = copy.deepcopy(manifest)
    made["metadata"] |= {"namespace": SPACE, "name": name or made["metadata"]["name"]}
    return made


def owned(manifest: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """An object as a controller makes it for its owner."""
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "0", "controller": True}
    manifest["metadata"]["ownerReferences"] = [owner]
    return manifest


OLDER = placed(of_kind("Deployment"), "older")
put(OLDER, "spec.template.spec.hostPID", True)
put(OLDER, "metadata.finalizers", ["example.org/wait"])


def privileged(kind: str) -> dict[str, Any]:
    made = of_kind(kind)
    template = made if kind == "Pod" else made.get("template") or made["spec"].get("template")
    template = template or made["spec"]["jobTemplate"]["spec"]["template"]
    template["spec"]["containers"][0]["securityContext"] = {
        "privileged": True,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return made


def refusal(server: Server, manifest: dict[str, Any], **options: Any) -> str:
    with pytest.raises(Refused) as refused:
        server.try_out(manifest, **options)
    assert refused.value.code == 403
    return refused.value.message


def change(server: Server, manifest: dict[str, Any], operations: list[dict[str, Any]], **options: Any) -> Any:
    path = path_of(manifest, named=True)
    return server.send("PATCH", path, operations, kind="json-patch", **options)[0]
