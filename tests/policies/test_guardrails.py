"""The guardrails in force at a real API server: what they refuse, whom they let through, what they leave alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from components.foundation import priority_classes, system_namespace
from components.project import access, project_namespace
from policies.parameters import Exemption
from tests.components.examples import project
from tests.policies.admission import (
    PARAMETERS,
    TODAY,
    Refused,
    Server,
    await_no_policies,
    await_policies,
    install,
    path_of,
    remove,
)
from tests.policies.bases import BASES, of_kind, pod
from tests.policies.fault import put
from tests.policies.guarded import OLDER, SPACE, bound, change, owned, placed, privileged, refusal, role

pytestmark = pytest.mark.cluster

BARE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ws-bare"}}
RESCUER, HELPER = "rescuer", "helper"
ADMISSION_ORDER = "violates PodSecurity"
EXEMPTED = Exemption(
    "SLATE-HOSTNS", f"Deployment {SPACE}/meter", "measures the node", "platform", TODAY + timedelta(days=9), "file"
)


CLAIMS = [{"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["create", "delete", "get"]}]


@pytest.fixture(scope="module")
def server(embedded_cluster) -> Iterator[Server]:
    made_server = Server(embedded_cluster.kubeconfig)
    spaces = [
        system_namespace(),
        project_namespace(project(name="vision")),
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": SPACE, "labels": {"slate.dev/guardrails": "tenant"}},
        },
    ]
    before = [
        *spaces,
        *priority_classes(),
        placed(access.service_account(project())),
        access.service_account(project()),
        role("claims", CLAIMS),
        bound("claims", HELPER),
        bound("cluster-admin", RESCUER),
        OLDER,
    ]
    for manifest in before:
        made_server.create(manifest)
    parameters = replace(PARAMETERS, exemptions=(EXEMPTED,))
    probe = placed(privileged("Deployment"), "probe")
    await_no_policies(made_server, probe, "SLATE-PRIV")  # of another file's tests
    made_server.guardrails = install(made_server, actions=("Deny",), parameters=parameters)
    await_policies(made_server, probe, "SLATE-PRIV")
    await_policies(made_server, BARE, "SLATE-NS-")
    yield made_server
    remove(made_server, made_server.guardrails)
    change(made_server, OLDER, [{"op": "remove", "path": "/metadata/finalizers"}])
    remove(made_server, before)


@pytest.mark.parametrize(
    "kind",
    [
        "Pod",
        "PodTemplate",
        "ReplicationController",
        "ReplicaSet",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
    ],
)
def test_a_privileged_pod_is_refused_with_the_rules_id_and_the_remedy_in_every_kind(server, kind):
    message = refusal(server, placed(privileged(kind), "bad"))

    assert "SLATE-PRIV: No container is privileged. Remove securityContext.privileged." in message


def test_pod_security_admission_stands_before_the_rules_where_a_project_is(server):
    bad = privileged("Pod")
    bad["metadata"] |= {"namespace": "ws-vision", "name": "bad"}

    assert ADMISSION_ORDER in refusal(server, bad)


def test_what_pod_security_admission_does_not_know_is_refused_in_a_project_by_the_rules(server):
    bad = of_kind("Pod")
    bad["metadata"] |= {"namespace": "ws-vision", "name": "bad"}
    put(bad, "spec.containers[0].image", "docker.io/library/python@sha256:" + "0" * 64)

    assert "SLATE-IMG-REG: " in refusal(server, bad)


@pytest.mark.parametrize(
    ("operation", "rule"),
    [
        (
            {"op": "replace", "path": "/metadata/labels/pod-security.kubernetes.io~1enforce", "value": "baseline"},
            "SLATE-NS-PSA",
        ),
        ({"op": "remove", "path": "/metadata/labels/pod-security.kubernetes.io~1enforce"}, "SLATE-NS-PSA"),
        (
            {"op": "replace", "path": "/metadata/labels/pod-security.kubernetes.io~1enforce-version", "value": "v1.20"},
            "SLATE-NS-PSA",
        ),
        (
            {
                "op": "replace",
                "path": "/metadata/labels/pod-security.kubernetes.io~1enforce-version",
                "value": "latest",
            },
            "SLATE-NS-PSA",
        ),
        ({"op": "remove", "path": "/metadata/labels/slate.dev~1guardrails"}, "SLATE-NS-GUARD"),
        ({"op": "replace", "path": "/metadata/labels/slate.dev~1guardrails", "value": "platform"}, "SLATE-NS-GUARD"),
    ],
)
@pytest.mark.parametrize("space", ["ws-vision", "slate-system"])
def test_the_labels_of_a_namespace_cannot_be_weakened(server, space, operation, rule):
    if space == "slate-system" and operation.get("value") == "platform":
        operation = operation | {"value": "tenant"}
    target = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}

    with pytest.raises(Refused, match=f"{rule}: "):
        change(server, target, [operation])


def test_other_labels_of_a_namespace_may_change(server):
    target = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ws-vision"}}

    answer = change(server, target, [{"op": "add", "path": "/metadata/labels/team", "value": "x"}])

    assert answer["metadata"]["labels"]["team"] == "x"


def test_a_namespace_of_a_project_cannot_be_made_without_the_labels(server):
    assert "SLATE-NS-" in refusal(server, BARE)
    assert server.try_out({**BARE, "metadata": {"name": "somebody-elses"}}) == []


def test_the_break_glass_group_is_let_through(server):
    bad = placed(privileged("Deployment"), "bad")

    assert "SLATE-PRIV" in refusal(server, bad, user=RESCUER)
    assert server.try_out(bad, user=RESCUER, groups=["slate:break-glass"]) == []


def test_an_exemption_holds_for_what_it_names_and_what_that_makes(server):
    meter, other = placed(of_kind("Deployment"), "meter"), placed(of_kind("Deployment"), "other")
    made_by_it = owned(placed(of_kind("ReplicaSet"), "meter-5d8f"), "Deployment", "meter")
    namesake = owned(placed(of_kind("ReplicaSet"), "meter-gpu-5d8f"), "Deployment", "meter-gpu")
    unowned = placed(of_kind("ReplicaSet"), "meter-x")
    for manifest in (meter, other, made_by_it, namesake, unowned):
        put(manifest, "spec.template.spec.hostPID", True)
    its_pod = owned(placed(of_kind("Pod"), "meter-5d8f-x2k9z"), "ReplicaSet", "meter-5d8f")
    namesakes_pod = owned(placed(of_kind("Pod"), "meter-gpu-5d8f-x2k9z"), "ReplicaSet", "meter-gpu-5d8f")
    for manifest in (its_pod, namesakes_pod):
        put(manifest, "spec.hostPID", True)

    for allowed in (meter, made_by_it, its_pod):
        assert server.try_out(allowed) == []
    for refused in (other, namesake, unowned, namesakes_pod):
        assert "SLATE-HOSTNS" in refusal(server, refused)

    put(meter, "spec.template.spec.hostIPC", True)
    put(meter, "spec.template.spec.dnsPolicy", "Default")
    assert "SLATE-DNS" in refusal(server, meter)


def test_an_older_object_can_be_finished_but_not_changed(server):
    with pytest.raises(Refused, match="SLATE-HOSTNS"):
        change(
            server, OLDER, [{"op": "replace", "path": "/spec/template/spec/terminationGracePeriodSeconds", "value": 9}]
        )

    answer = change(server, OLDER, [{"op": "add", "path": "/metadata/finalizers/-", "value": "example.org/more"}])

    assert len(answer["metadata"]["finalizers"]) == 2


def test_claims_are_deleted_only_by_those_who_may_delete_the_project(server):
    claim = placed(BASES["claim"]())
    claim["metadata"]["labels"]["slate.dev/project"] = SPACE
    server.create(claim)
    path = path_of(claim, named=True)

    for user in (HELPER, "system:serviceaccount:kube-system:statefulset-controller"):
        with pytest.raises(Refused, match=r"SLATE-CLAIM-DELETE|cannot delete") as refused:
            server.send("DELETE", f"{path}?dryRun=All", user=user)
        assert user != HELPER or "SLATE-CLAIM-DELETE" in refused.value.message
    for user in (RESCUER, "system:serviceaccount:kube-system:namespace-controller"):
        server.send("DELETE", f"{path}?dryRun=All", user=user)

    server.send("DELETE", path)


def test_nobody_adds_a_debugging_container_but_the_break_glass_group(server):
    made = placed(pod())
    made["spec"]["volumes"] = [v for v in made["spec"]["volumes"] if "persistentVolumeClaim" not in v]
    made["spec"]["containers"][0]["volumeMounts"] = []
    made["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "100m"  # a resize must not change the class
    made["spec"]["volumes"].append({"name": "home", "emptyDir": {"sizeLimit": "1Gi"}})
    server.create(made)
    container = {**made["spec"]["containers"][0], "name": "debug"}
    for key in ("ports", "resources", "livenessProbe", "readinessProbe", "startupProbe"):
        container.pop(key, None)
    body = {"spec": {"ephemeralContainers": [container]}}
    path = f"{path_of(made, named=True)}/ephemeralcontainers?dryRun=All"

    try:
        with pytest.raises(Refused, match="SLATE-EPHEM: "):
            server.send("PATCH", path, body, kind="strategic-merge-patch")
        server.send("PATCH", path, body, kind="strategic-merge-patch", user=RESCUER, groups=["slate:break-glass"])

        resize = [{"op": "replace", "path": "/spec/containers/0/resources/requests/memory", "value": "1Gi"}]
        with pytest.raises(Refused, match="SLATE-MEM-EQ: "):
            server.send("PATCH", f"{path_of(made, named=True)}/resize?dryRun=All", resize, kind="json-patch")
    finally:
        server.send("DELETE", f"{path_of(made, named=True)}?gracePeriodSeconds=0")


def test_changed_parameters_hold_at_once_also_after_all_policies_were_gone(server):
    image = placed(of_kind("Deployment"), "other-registry")
    put(image, "spec.template.spec.containers[0].image", "mirror.example.org/x@sha256:" + "0" * 64)
    assert "SLATE-IMG-REG" in refusal(server, image)

    probe = placed(privileged("Deployment"), "probe")
    remove(server, server.guardrails)
    await_no_policies(server, probe, "SLATE-PRIV")
    both = (*PARAMETERS.registries, "mirror.example.org/")
    server.guardrails = install(server, actions=("Deny",), parameters=replace(PARAMETERS, registries=both))
    await_policies(server, probe, "SLATE-PRIV")

    assert server.try_out(image) == []
