"""Changes by which what was judged once would become something else: the API server judges them too."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.foundation import system_namespace
from components.project import access, project_namespace
from tests.components.examples import project
from tests.policies.admission import (
    Refused,
    Server,
    await_no_policies,
    await_policies,
    install,
    path_of,
    remove,
)
from tests.policies.bases import BASES, of_kind
from tests.policies.guarded import SPACE, bound, change, placed, privileged, role

pytestmark = pytest.mark.cluster

HELPER = "helper"
VERBS = ["create", "get", "update", "patch"]
FINALIZED = ("example.org/wait",)


@pytest.fixture(scope="module")
def server(embedded_cluster) -> Iterator[Server]:
    made_server = Server(embedded_cluster.kubeconfig)
    labels = {"slate.dev/guardrails": "tenant"}
    before = [
        system_namespace(),
        project_namespace(project(name="vision")),
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE, "labels": labels}},
        role("claims", [{"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": VERBS}]),
        bound("claims", HELPER),
        *OBJECTS.values(),
    ]
    for manifest in before:
        made_server.create(manifest)
    probe = placed(privileged("Deployment"), "probe")
    await_no_policies(made_server, probe, "SLATE-PRIV")  # of another file's tests
    made = install(made_server, actions=("Deny",))
    await_policies(made_server, probe, "SLATE-PRIV")
    await_policies(made_server, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ws-bare"}}, "SLATE-NS-")
    yield made_server
    remove(made_server, made)
    change(made_server, OBJECTS["policy"], [{"op": "remove", "path": "/metadata/finalizers"}])
    remove(made_server, [manifest for manifest in before if manifest is not OBJECTS["policy"]])


def _objects() -> dict[str, Any]:
    claim = placed(BASES["claim"]())
    claim["metadata"]["labels"]["slate.dev/project"] = SPACE
    claim["spec"]["storageClassName"] = "none"
    policy = placed(BASES["allow-platform"]())
    policy["metadata"]["finalizers"] = list(FINALIZED)
    deployment = placed(of_kind("Deployment"))
    deployment["spec"]["replicas"] = 0
    return {
        "account": placed(access.service_account(project())),
        "claim": claim,
        "policy": policy,
        "ingress": placed(BASES["ingress"]()),
        "deployment": deployment,
        "workspace": placed(BASES["workspace"](), "asleep"),
    }


OBJECTS = _objects()
PROJECT = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ws-vision"}}
UNGUARDED = {"op": "remove", "path": "/metadata/labels/slate.dev~1guardrails"}
SNIPPET = {"op": "add", "path": "/metadata/annotations", "value": {"nginx.ingress.kubernetes.io/server-snippet": "x"}}


@pytest.mark.parametrize(
    ("name", "operation", "rule"),
    [
        ("account", {"op": "replace", "path": "/automountServiceAccountToken", "value": True}, "SLATE-SA-OBJ"),
        ("deployment", {"op": "add", "path": "/spec/template/spec/nodeName", "value": "node-1"}, "SLATE-NODENAME"),
    ],
)
def test_an_update_of_a_single_field_is_judged(server, name, operation, rule):
    with pytest.raises(Refused, match=f"{rule}: "):
        change(server, OBJECTS[name], [operation])


@pytest.mark.parametrize(
    ("name", "operation", "rule"),
    [
        ("claim", {"op": "remove", "path": "/metadata/labels/slate.dev~1user"}, "SLATE-CLAIM-OWNER"),
        ("ingress", SNIPPET, "SLATE-INGRESS-TLS"),
        ("workspace", {"op": "remove", "path": "/metadata/annotations/slate.dev~1idle-after-minutes"}, "SLATE-IDLE"),
        ("namespace", UNGUARDED, "SLATE-NS-GUARD"),
    ],
)
def test_labels_and_annotations_cannot_be_changed_through_the_status(server, name, operation, rule):
    path = f"{path_of(OBJECTS.get(name, PROJECT), named=True)}/status?dryRun=All"

    with pytest.raises(Refused, match=f"{rule}: "):
        server.send("PATCH", path, [operation], kind="json-patch")


def test_a_namespace_loses_no_label_by_being_finished(server):
    path = path_of(PROJECT, named=True)
    found, _ = server.send("GET", path)
    server.send("PUT", f"{path}/finalize?dryRun=All", found)
    del found["metadata"]["labels"]["slate.dev/guardrails"]

    with pytest.raises(Refused, match="SLATE-NS-GUARD: "):
        server.send("PUT", f"{path}/finalize?dryRun=All", found)


def test_what_is_being_deleted_but_still_in_force_is_judged(server):
    policy = OBJECTS["policy"]
    server.send("DELETE", path_of(policy, named=True))

    with pytest.raises(Refused, match="SLATE-NP-INGRESS: "):
        change(server, policy, [{"op": "remove", "path": "/spec/ingress/0/from"}])


def test_only_who_binds_volumes_gives_a_claim_its_volume(server):
    path = f"{path_of(OBJECTS['claim'], named=True)}?dryRun=All"
    operation = [{"op": "add", "path": "/spec/volumeName", "value": "pv-of-bob"}]
    binder = "system:serviceaccount:kube-system:persistent-volume-binder"

    with pytest.raises(Refused, match="SLATE-CLAIM-SOURCE: "):
        server.send("PATCH", path, operation, kind="json-patch", user=HELPER)
    found, _ = server.send("GET", path.partition("?")[0])
    found["spec"]["volumeName"] = "pv-1"
    server.send("PUT", path, found, user=binder)
