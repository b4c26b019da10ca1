"""The rules tagged as Pod Security `restricted` against upstream's own test cases, as predicates and as CEL."""

from collections.abc import Iterator

import pytest

from policies.evaluate import judge
from policies.resources import Resource
from policies.table import RULES
from tests.policies.admission import PARAMETERS, TODAY, Refused, Server, await_policies, install, namespace, remove
from tests.policies.fixtures import cases

RESTRICTED = tuple(rule for rule in RULES if rule.pod_security)
SPACE = "pod-security"


def predicates(manifest) -> set[str]:
    """The rules that refuse a pod at preview."""
    found = judge(Resource("kubernetes:core/v1:Pod", "pod", "urn", manifest), PARAMETERS, TODAY, RESTRICTED)
    return {finding.rule for finding in found}


@pytest.fixture(scope="module")
def server(embedded_cluster) -> Iterator[Server]:
    made_server = Server(embedded_cluster.kubeconfig)
    spaces = [namespace("slate-system", "platform"), namespace(SPACE, "tenant")]
    for manifest in spaces:
        made_server.create(manifest)
    made = install(made_server, RESTRICTED)
    probe = dict(next(cases("fail"))[1])
    await_policies(made_server, {**probe, "metadata": {"name": "probe", "namespace": SPACE}}, "SLATE-APE")
    yield made_server
    remove(made_server, made)
    remove(made_server, spaces)


def test_predicates_agree_with_every_case_of_upstream():
    wrong = [f"{name} must pass: {predicates(pod)}" for name, pod in cases("pass") if predicates(pod)]
    wrong += [f"{name} must be refused" for name, pod in cases("fail") if not predicates(pod)]

    assert wrong == []
    assert len(list(cases("pass"))) > 20
    assert len(list(cases("fail"))) > 70


@pytest.mark.parametrize("rule", RESTRICTED, ids=lambda rule: rule.id)
def test_every_rule_refuses_a_case_of_upstream(rule):
    assert any(rule.id in predicates(pod) for _, pod in cases("fail"))


@pytest.mark.cluster
def test_cel_agrees_with_every_case_and_with_the_predicates(server):
    different, invalid = [], set()
    for outcome in ("pass", "fail"):
        for name, pod in cases(outcome):
            pod["metadata"] |= {"name": "case", "namespace": SPACE}
            try:
                spoken = server.verdict(pod)
            except Refused as refused:
                invalid.add(f"{outcome}/{name}: {refused.code}")
                continue
            if spoken != predicates(pod) or bool(spoken) != (outcome == "fail"):
                different.append(f"{outcome}/{name}: API server {spoken}, predicates {predicates(pod)}")

    assert different == []
    # What is not even a valid pod is refused before any policy is asked: an unmasked /proc without a user namespace.
    assert invalid <= {f"fail/procmount{kind}{index}: 422" for kind in ("", "_restricted") for index in (0, 1)}
