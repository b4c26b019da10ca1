"""How rules are asked: unknown values field by field, defects contained, exemptions applied, no secret repeated."""

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.evaluate import judge
from policies.findings import Outcome
from policies.parameters import Exemption
from policies.resources import Resource
from policies.rule import Scope, on
from policies.table import BY_ID, RULES
from policies.values import UNKNOWN
from tests.policies.admission import PARAMETERS, TODAY
from tests.policies.bases import BASES, cpu_workspace, resource, token_of
from tests.policies.fault import ONE, POD, SECURITY, put
from tests.policies.faults import FAULTS

SECRET = "correct-horse-battery-staple"
KEY = "StatefulSet ws-vision/alice"


def judged(manifest, parameters=PARAMETERS, rules=RULES):
    return judge(resource(manifest), parameters, TODAY, rules)


def with_changes(**changes):
    made = cpu_workspace()
    for path, value in changes.items():
        put(made, {"image": f"{ONE}.image", "pid": f"{POD}.hostPID"}.get(path, path), value)
    return made


def exemption(**changes) -> Exemption:
    base = {
        "rule": "SLATE-HOSTNS",
        "resource": KEY,
        "reason": "measures the node",
        "owner": "platform-team",
        "expires": TODAY + timedelta(days=10),
        "source": "policies/config/test.json",
    }
    return Exemption(**(base | changes))


def test_an_image_that_is_not_built_yet_is_undecided_for_its_rules_and_nothing_else():
    found = judged(with_changes(image=UNKNOWN))

    assert {(finding.rule, finding.outcome, finding.path) for finding in found} == {
        ("SLATE-IMG-REG", Outcome.UNDECIDED, f"{ONE}.image"),
        ("SLATE-IMG-DIGEST", Outcome.UNDECIDED, f"{ONE}.image"),
    }


@pytest.mark.parametrize(
    ("base", "rules"),
    [("namespace", {"SLATE-NS-PSA", "SLATE-NS-GUARD"}), ("claim", {"SLATE-CLAIM-OWNER"})],
)
def test_rules_that_go_by_the_name_are_undecided_while_it_is_unknown(base, rules):
    made = BASES[base]()
    put(made, "metadata.name", UNKNOWN)
    made["metadata"]["labels"] = {}

    found = judge(Resource(token_of(made), "x", "urn", made, {"protect": True}), PARAMETERS, TODAY)

    assert {finding.rule for finding in found} == rules
    assert {finding.outcome for finding in found} == {Outcome.UNDECIDED}


def test_an_unknown_value_hides_no_violation_of_the_same_rule_beside_it():
    made = with_changes(image=UNKNOWN)
    second = {**made["spec"]["template"]["spec"]["containers"][0], "name": "second", "image": "docker.io/x:1"}
    made["spec"]["template"]["spec"]["containers"].append(second)

    found = {(finding.rule, finding.outcome) for finding in judged(made)}

    for rule in ("SLATE-IMG-REG", "SLATE-IMG-DIGEST"):
        assert {(rule, Outcome.UNDECIDED), (rule, Outcome.VIOLATION)} <= found


@pytest.mark.parametrize("path", [ONE, f"{POD}.containers", POD, f"{SECURITY}.privileged", f"{POD}.volumes"])
def test_what_is_unknown_is_never_taken_for_a_violation_or_for_a_pass(path):
    made = cpu_workspace()
    put(made, path, UNKNOWN)

    found = judged(made)

    assert found
    assert {finding.outcome for finding in found} == {Outcome.UNDECIDED}


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.base == "workspace"], ids=lambda fault: fault.name
)
def test_faults_are_seen_beside_an_unknown_image(fault):
    made = fault.manifest()
    if fault.rule not in ("SLATE-IMG-REG", "SLATE-IMG-DIGEST"):
        put(made, f"{ONE}.image", UNKNOWN)

    found = judge(resource(made, token=fault.token), PARAMETERS, TODAY)

    assert fault.rule in {finding.rule for finding in found if finding.outcome is Outcome.VIOLATION}


def test_a_rule_that_crashes_is_named_and_hides_no_other():
    def broken(_value, _context):
        raise RuntimeError(f"cannot read {SECRET}")

    broken_rule = replace(BY_ID["SLATE-PRIV"], id="SLATE-BROKEN", checks=on(Scope.POD, broken))

    found = judged(with_changes(pid=True), rules=(broken_rule, BY_ID["SLATE-HOSTNS"]))

    assert {(finding.rule, finding.outcome) for finding in found} == {
        ("SLATE-BROKEN", Outcome.CRASHED),
        ("SLATE-HOSTNS", Outcome.VIOLATION),
    }
    (crash,) = [finding for finding in found if finding.outcome is Outcome.CRASHED]
    assert "RuntimeError at test_evaluate.py" in crash.text
    assert SECRET not in crash.line()


@pytest.mark.parametrize("garbage", [None, 7, "text", [], [1], {"a": 1}, True])
@pytest.mark.parametrize(
    "path", [f"{POD}.containers", f"{POD}.volumes", f"{SECURITY}.capabilities", f"{ONE}.env", "metadata.annotations"]
)
def test_no_rule_crashes_on_fields_of_the_wrong_type(path, garbage):
    made = cpu_workspace()
    put(made, path, garbage)

    assert all(finding.outcome is not Outcome.CRASHED for finding in judged(made))


@pytest.mark.parametrize(
    "manifest",
    [
        {f"{ONE}.env[+]": {"name": "API_TOKEN", "value": SECRET}},
        {f"{ONE}.args": [f"--token={SECRET}"]},
        {f"{ONE}.args": [f"pip install --index-url https://user:{SECRET}@packages.example.com/simple x"]},
        {f"{ONE}.env[+]": {"name": "PIP_EXTRA_INDEX_URL", "value": f"https://user:{SECRET}@packages.example.com"}},
    ],
)
def test_no_message_repeats_what_may_be_a_secret(manifest):
    made = cpu_workspace()
    for path, value in manifest.items():
        put(made, path, value)

    found = judged(made)

    assert found
    assert all(SECRET not in finding.line() for finding in found)


def test_an_exemption_in_force_turns_a_violation_into_a_listed_exemption():
    parameters = replace(PARAMETERS, exemptions=(exemption(),))

    (finding,) = judged(with_changes(pid=True), parameters)

    assert finding.outcome is Outcome.EXEMPTED
    assert all(text in finding.text for text in ("2026-06-11", "measures the node", "platform-team"))


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": TODAY - timedelta(days=1)},
        {"expires": None},
        {"reason": " "},
        {"owner": ""},
        {"rule": "SLATE-PRIV"},
        {"resource": "StatefulSet ws-vision/bob"},
        {"resource": "Deployment ws-vision/alice"},
        {"resource": "StatefulSet ws-language/alice"},
    ],
)
def test_an_exemption_that_is_over_or_incomplete_or_of_something_else_changes_nothing(changes):
    parameters = replace(PARAMETERS, exemptions=(exemption(**changes),))

    (finding,) = judged(with_changes(pid=True), parameters)

    assert finding.outcome is Outcome.VIOLATION


def test_the_last_day_of_an_exemption_is_the_one_it_names():
    parameters = replace(PARAMETERS, exemptions=(exemption(expires=TODAY),))

    assert [finding.outcome for finding in judged(with_changes(pid=True), parameters)] == [Outcome.EXEMPTED]


def test_a_disabled_rule_is_not_asked():
    parameters = replace(PARAMETERS, levels={"SLATE-HOSTNS": "disabled"})

    assert judged(with_changes(pid=True), parameters) == []


def test_rules_of_projects_do_not_hold_for_the_platform():
    made = cpu_workspace()
    put(made, f"{POD}.serviceAccountName", "default")
    assert {finding.rule for finding in judged(made)} == {"SLATE-SA"}

    put(made, "metadata.namespace", "slate-system")

    assert judged(made) == []


def test_resources_that_are_no_objects_of_the_cluster_are_left_alone():
    made = with_changes(pid=True)

    assert judge(resource(made, token="slate:index:Workspace"), PARAMETERS, TODAY) == []
