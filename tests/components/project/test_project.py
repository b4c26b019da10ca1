"""A project: its ceiling, its isolation, who may look, and how workspaces are entered."""

import base64
import re

import pulumi
import pytest

from components.project import Project, network
from components.project.access import derive_token
from settings.references import METADATA_RANGES
from tests.components.examples import project
from tests.components.manifests import validate
from tests.harness import SECRET_SIGNATURE, run


def declare(args=None, **options):
    args = args or project()
    return run(lambda: Project(args["name"], args), **options)


@pytest.mark.parametrize("preview", [True, False])
def test_every_object_is_valid_and_in_the_projects_namespace(preview):
    monitor = declare(preview=preview)

    for record in monitor.objects:
        validate(record.manifest)
    homes = {
        record.manifest["metadata"].get("namespace") for record in monitor.objects if "Namespace" not in record.type
    }
    assert homes == {"ws-vision"}


def test_only_the_namespace_is_protected():
    monitor = declare()

    assert [record.type for record in monitor if record.request.protect] == ["kubernetes:core/v1:Namespace"]


def test_protection_can_be_taken_off():
    monitor = declare(project(protected=False))

    assert not any(record.request.protect for record in monitor)


def test_namespace_enforces_a_pinned_restricted_profile():
    labels = declare().one("Namespace", "ws-vision").manifest["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["pod-security.kubernetes.io/enforce-version"] == "v1.36"


def test_quota_caps_gpus_storage_and_ways_in():
    hard = declare().one("ResourceQuota", "vision").manifest["spec"]["hard"]

    assert hard["requests.nvidia.com/gpu"] == "1"
    assert hard["requests.storage"] == "200Gi"
    assert hard["services.loadbalancers"] == hard["services.nodeports"] == "0"
    assert hard["count/statefulsets.apps"] == "4"


def test_project_without_gpus_is_capped_at_none():
    quota = project()["quota"] | {"gpus": 0}

    hard = declare(project(quota=quota)).one("ResourceQuota", "vision").manifest["spec"]["hard"]

    assert hard["requests.nvidia.com/gpu"] == "0"


def test_all_pods_are_denied_all_traffic_by_default():
    spec = declare().one("NetworkPolicy", "vision--default-deny").manifest["spec"]

    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_only_the_platform_comes_in_and_only_to_the_known_ports():
    (rule,) = declare().one("NetworkPolicy", "vision--allow-platform").manifest["spec"]["ingress"]

    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "slate-system"}}}]
    assert [port["port"] for port in rule["ports"]] == [8888, 2222, 9912]


def test_only_names_and_packages_are_reached_of_the_platform():
    rules = declare().one("NetworkPolicy", "vision--allow-egress").manifest["spec"]["egress"]

    assert [sorted({port["port"] for port in rule["ports"]}) for rule in rules] == [[53], [8100]]


def test_egress_to_everywhere_still_excludes_the_metadata_service():
    args = project(egress=[{"cidr": "0.0.0.0/0", "ports": [443]}])

    rules = declare(args).one("NetworkPolicy", "vision--allow-egress").manifest["spec"]["egress"]

    assert rules[-1] == {
        "to": [
            {
                "ipBlock": {
                    "cidr": "0.0.0.0/0",
                    "except": ["169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32"],
                }
            }
        ],
        "ports": [{"port": 443, "protocol": "TCP"}],
    }


def test_addresses_that_are_never_reached_are_those_that_the_settings_refuse():
    assert network.NEVER == METADATA_RANGES


def test_budget_forbids_eviction_of_a_working_workspace_only():
    spec = declare().one("PodDisruptionBudget", "vision").manifest["spec"]

    assert spec["maxUnavailable"] == 0
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_members_may_look_but_reach_no_secret_and_no_shell():
    monitor = declare()

    rules = monitor.one("Role", "vision").manifest["rules"]
    resources = {resource for rule in rules for resource in rule["resources"]}
    verbs = {verb for rule in rules for verb in rule["verbs"]}
    assert verbs == {"get", "list", "watch"}
    assert not resources & {"secrets", "pods/exec", "pods/attach", "pods/portforward", "pods/log", "configmaps", "*"}
    subjects = monitor.one("RoleBinding", "vision").manifest["subjects"]
    assert subjects == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice@example.org"}]


def test_project_without_members_binds_nobody():
    assert declare(project(members=[])).of("RoleBinding") == []


def test_service_account_has_no_token():
    account = declare().one("ServiceAccount", "vision").manifest

    assert account["automountServiceAccountToken"] is False


def test_tokens_are_secret_in_the_state_and_derived_from_secret_and_generation():
    record = declare().one("Secret", "vision")

    assert SECRET_SIGNATURE in record.inputs["data"]
    token = base64.b64decode(record.manifest["data"]["alice"]).decode()
    assert token == derive_token("s" * 32, "vision", "alice", 2)
    assert re.fullmatch("[0-9a-f]{64}", token)


def test_tokens_differ_by_project_workspace_and_generation():
    tokens = {
        derive_token("s" * 32, project_name, workspace, generation)
        for project_name in ("a", "b")
        for workspace in ("x", "y")
        for generation in (1, 2)
    }

    assert len(tokens) == 8


def test_short_secret_is_refused_without_being_shown():
    with pytest.raises(pulumi.RunError, match="has 5 characters, at least 32") as refusal:
        declare(project(token_secret="hushh"))

    assert "hushh" not in str(refusal.value)


def test_ssh_keys_lie_in_one_map_by_workspace():
    assert declare().one("ConfigMap", "vision").manifest["data"] == {"alice": "ssh-ed25519 AAAA alice\n"}


def test_misspelt_argument_is_refused():
    with pytest.raises(ValueError, match=r"unknown argument 'qouta' \(did you mean 'quota'\?\)"):
        declare(project(qouta={}))
