"""Single faults: the compliant objects of our own components pass every rule, each fault is caught by its rule."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.foundation import priority_classes
from components.project import access
from components.workspace.stateful_set import grown_claim
from policies.evaluate import judge
from policies.findings import Finding, Outcome
from policies.resources import Resource
from policies.table import BY_ID, RULES
from tests.components.examples import project, workspace
from tests.policies.admission import PARAMETERS, TODAY, Server, await_policies, install, namespace, path_of, remove
from tests.policies.bases import BASES, of_kind, resource
from tests.policies.fault import Fault
from tests.policies.faults import FAULTS

SPACES = {"slate-system": "platform", "ws-vision": "tenant"}
POD_KINDS = sorted(next(rule for rule in RULES if rule.id == "SLATE-PRIV").target.kinds)
SEEN_BY_API_SERVER = {rule.id for rule in RULES if rule.cel}


def at_preview(made: Resource) -> list[Finding]:
    return judge(made, PARAMETERS, TODAY)


def rules_of(fault: Fault) -> set[str]:
    """The rules that a fault breaks at preview."""
    found = at_preview(resource(fault.manifest(), token=fault.token, protect=fault.protect))
    assert {finding.outcome for finding in found} <= {Outcome.VIOLATION}
    return {finding.rule for finding in found}


@pytest.mark.parametrize("name", BASES)
def test_what_our_components_declare_passes_every_rule(name):
    assert at_preview(resource(BASES[name]())) == []


def test_the_growth_of_a_home_passes():
    claim = grown_claim(workspace(grow_home=True))

    assert at_preview(resource(claim, token="kubernetes:core/v1:PersistentVolumeClaimPatch")) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_its_rule_at_preview(fault):
    assert rules_of(fault) == {fault.rule, *fault.also}


def test_every_rule_that_is_asked_at_preview_has_a_fault_that_it_is_meant_for():
    asked = {rule.id for rule in RULES if rule.checks}
    guardrails = {"SLATE-GUARDRAIL"}  # test_guardrails.py

    assert asked - guardrails == {fault.rule for fault in FAULTS}


def test_a_violation_says_where_and_how_to_put_it_right():
    (fault,) = [fault for fault in FAULTS if fault.rule == "SLATE-HOSTPORT"]

    (finding,) = at_preview(resource(fault.manifest()))

    assert finding.path == "spec.template.spec.containers[0].ports[0].hostPort"
    assert finding.remediation == BY_ID["SLATE-HOSTPORT"].remediation


@pytest.mark.parametrize("kind", POD_KINDS)
@pytest.mark.parametrize("suffix", ["", "Patch", "List"])
def test_every_kind_that_holds_a_pod_is_judged_whole_as_list_and_as_patch(kind, suffix):
    made = of_kind(kind)
    template = made if kind == "Pod" else made.get("template") or made["spec"].get("template")
    template = template or made["spec"]["jobTemplate"]["spec"]["template"]
    template["spec"]["initContainers"] = [{**template["spec"]["containers"][0], "name": "first"}]
    template["spec"]["initContainers"][0] |= {"securityContext": {"privileged": True}}
    group = "core/v1" if made["apiVersion"] == "v1" else made["apiVersion"]
    token = f"kubernetes:{group}:{kind}{suffix}"
    properties = {"items": [made]} if suffix == "List" else made

    found = {finding.rule for finding in at_preview(Resource(token, "x", "urn", properties))}

    assert {"SLATE-PRIV", "SLATE-APE", "SLATE-CAPS", "SLATE-ROROOT"} <= found
    assert ("SLATE-PATCH" in found) is (suffix == "Patch")


# --- the same at the API server ----------------------------------------------


@pytest.fixture(scope="module")
def server(embedded_cluster) -> Iterator[Server]:
    made_server = Server(embedded_cluster.kubeconfig)
    spaces = [namespace(name, guard) for name, guard in SPACES.items()]
    needed = [route_kind(), *spaces, *priority_classes(), project_account()]
    for manifest in needed:
        made_server.create(manifest)
    made = install(made_server)
    probe = next(fault for fault in FAULTS if fault.rule == "SLATE-NS-GUARD").manifest()
    probe["metadata"]["name"] = "ws-probe"
    await_policies(made_server, probe, "SLATE-NS-GUARD")
    bad_route = next(fault for fault in FAULTS if fault.rule == "SLATE-ROUTE-PARENT").manifest()
    await_policies(made_server, bad_route, "SLATE-ROUTE-PARENT")
    yield made_server
    remove(made_server, made)
    remove(made_server, needed)


def project_account() -> dict[str, Any]:
    """The account of workspace pods; the API server takes no pod without it."""
    return access.service_account(project())


def another(made: dict[str, Any]) -> None:
    """Give an object a name that is not taken by what the tests need themselves."""
    if made["kind"] in ("Namespace", "ServiceAccount"):
        made["metadata"]["name"] = "ws-another"


def route_kind() -> dict[str, Any]:
    """The Gateway API's kind of route, as far as the API server must know it."""
    group, plural = "gateway.networking.k8s.io", "httproutes"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
        },
        "spec": {
            "group": group,
            "names": {"kind": "HTTPRoute", "plural": plural},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


@pytest.mark.cluster
@pytest.mark.parametrize("name", BASES)
def test_the_api_server_has_nothing_against_what_our_components_declare(server, name):
    made = BASES[name]()
    another(made)

    assert server.verdict(made) == set()


@pytest.mark.cluster
@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.admission and fault.token is None],
    ids=lambda fault: fault.name,
)
def test_a_fault_is_caught_by_the_same_rules_at_the_api_server(server, fault):
    made = fault.manifest()
    another(made)

    # Roles and volumes of the whole cluster are the platform's: they are judged at preview only.
    asked = SEEN_BY_API_SERVER if "namespace" in made["metadata"] or made["kind"] == "Namespace" else set()
    assert server.verdict(made) == rules_of(fault) & asked


@pytest.mark.cluster
@pytest.mark.parametrize("kind", POD_KINDS)
def test_the_api_server_judges_every_kind_that_holds_a_pod(server, kind):
    good, bad = of_kind(kind), of_kind(kind)
    template = bad if kind == "Pod" else bad.get("template") or bad["spec"].get("template")
    template = template or bad["spec"]["jobTemplate"]["spec"]["template"]
    template["spec"]["hostPID"] = True

    assert server.verdict(good) == set()
    assert server.verdict(bad) == {"SLATE-HOSTNS"}
    assert path_of(bad).startswith(("/api/v1/", "/apis/"))
