"""The real pack process, asked over Pulumi's analyzer protocol."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf import struct_pb2

from policies.findings import Outcome
from policies.fleet import STACK_RULES
from policies.table import RULES
from tests.policies.bases import BASES, cpu_workspace, token_of
from tests.policies.fault import ONE, POD, put
from tests.policies.faults import FAULTS
from tools.paths import ROOT
from tools.policy.analyzer import Answer, Pack, running
from tools.policy.mocked import Recorded
from tools.policy.problem import PolicyProblem

pytestmark = pytest.mark.policy

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
CONFIGURATION = {
    "slate:domain": "slate.example.org",
    "slate:registry": json.dumps({"host": "registry.example.org"}),
    "slate:serviceLevels": json.dumps({"availability": 99.9}),
    "slate:tokenSecret": "never-to-be-repeated",
}
SAFE = {"SLATE-PROTECT"}


@pytest.fixture(scope="module")
def pack() -> Iterator[Pack]:
    with running(ROOT / "policies", "a-team", CONFIGURATION) as started:
        yield started


def recorded(manifest: dict[str, Any], name: str = "x", *, token: str | None = None) -> Recorded:
    properties = struct_pb2.Struct()
    properties.update(json.loads(json.dumps(manifest)))
    kind = token or token_of(manifest)
    urn = f"urn:pulumi:dev::slate::{kind}::{name}"
    return Recorded(urn, kind, name, properties, protect=True, parent="")


def of_resource(answers: list[Answer]) -> list[Answer]:
    """Answers about the resource, without those about the stack as a whole."""
    stack = {rule.id for rule in STACK_RULES}
    return [answer for answer in answers if answer.finding.rule not in stack]


def test_the_pack_has_every_rule_as_a_policy(pack):
    assert {rule.id for rule in RULES if rule.checks} <= pack.rules()


@pytest.mark.parametrize("name", BASES)
def test_compliant_objects_pass(pack, name):
    assert of_resource(pack.ask([recorded(BASES[name]())])) == []


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.rule not in SAFE], ids=lambda fault: fault.name)
def test_each_fault_stops_the_engine_under_the_name_of_its_rule(pack, fault):
    answers = of_resource(pack.ask([recorded(fault.manifest(), token=fault.token)]))

    assert {answer.finding.rule for answer in answers} == {fault.rule, *fault.also}
    assert all(answer.blocks and answer.finding.remediation for answer in answers)
    assert all(answer.resource.endswith("::x") for answer in answers)


def test_an_unknown_image_is_undecided_and_blocks_nothing_while_another_fault_does(pack):
    made = cpu_workspace()
    put(made, f"{ONE}.image", UNKNOWN_TEXT)
    put(made, f"{POD}.hostPID", True)

    answers = of_resource(pack.ask([recorded(made)]))

    undecided = [answer for answer in answers if answer.finding.outcome is Outcome.UNDECIDED]
    assert {answer.finding.rule for answer in undecided} == {"SLATE-IMG-REG", "SLATE-IMG-DIGEST"}
    assert not any(answer.blocks for answer in undecided)
    assert [answer.finding.rule for answer in answers if answer.blocks] == ["SLATE-HOSTNS"]


def test_secrets_are_repeated_in_no_message(pack):
    made = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "ws-vision"},
        "type": "kubernetes.io/service-account-token",
        "stringData": {**SECRET, "value": {"token": "hunter2-hunter2"}},
    }

    answers = of_resource(pack.ask([recorded(made)]))

    assert {answer.finding.rule for answer in answers} == {"SLATE-SECRET-TYPE"}
    assert not any(word in str(answers) for word in ("hunter2", "never-to-be-repeated"))


def test_the_stack_is_asked_about_as_a_whole(pack):
    namespace = BASES["namespace"]()

    answers = pack.ask([recorded(namespace, "vision"), recorded(BASES["default-deny"](), "deny")])

    missing = {answer.finding.rule for answer in answers if answer.blocks}
    assert missing == {"SLATE-QUOTA", "SLATE-LIMITRANGE"}
    assert all(answer.resource.endswith("::vision") for answer in answers)


def test_a_pack_whose_parameters_are_wrong_says_so_in_one_line(tmp_path):
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "config" / "default.json").write_text('{"levels": {"SLATE-PRIV": "off"}}')

    said = r"policies/config/default\.json: levels\.SLATE-PRIV is 'off'"
    with pytest.raises(PolicyProblem, match=said), running(folder, "a-team", CONFIGURATION):
        pass
