import json

import pytest

from tools.stack.events import Failure, read_errors, resource_type
from tools.stack.hints import hints
from tools.stack.session import Request

NAMESPACE = "urn:pulumi:dev::slate::slate:index:Project$kubernetes:core/v1:Namespace::language"
RESOURCE = {
    "urn": NAMESPACE,
    "type": "kubernetes:core/v1:Namespace",
    "inputs": {"metadata": {"name": "ws-language", "labels": {"slate.dev/project": "language"}}},
}
PROTECTED = Failure(
    NAMESPACE,
    f"resource \"{NAMESPACE}\" cannot be deleted\nbecause it is protected. `pulumi state unprotect '{NAMESPACE}'`",
)


def test_a_platform_stack_that_does_not_exist_is_to_be_made_first():
    failure = Failure("", 'getting stack reference: unknown stack "organization/slate/platform"')

    (advice,) = hints([failure], Request())

    assert "organization/slate/platform" in advice
    assert "make up STACK=platform" in advice


@pytest.mark.parametrize(
    ("asked", "command"),
    [
        (Request("team"), "make up STACK=platform\n"),
        (Request("team", "embedded"), "make up STACK=platform CLUSTER=embedded\n"),
        (Request(), "make up STACK=platform CLUSTER=embedded\n"),
        (Request(cluster="kubeconfig"), "make up STACK=platform\n"),
    ],
)
def test_the_platform_stack_is_to_be_made_on_the_cluster_of_the_run(asked, command):
    failure = Failure("", 'getting stack reference: unknown stack "organization/slate/platform"')

    (advice,) = hints([failure], asked)

    assert command in advice


def test_a_protected_project_is_answered_with_the_command_that_allows_it():
    (hint,) = hints([PROTECTED], Request(), [RESOURCE])

    assert "make unprotect PROJECT=language\n" in hint
    assert "every home" in hint


def test_the_command_means_the_same_stack_and_cluster():
    (hint,) = hints([PROTECTED], Request("eks"), [RESOURCE])

    assert "make unprotect PROJECT=language STACK=eks" in hint


def test_without_the_state_the_name_comes_from_the_resource():
    (hint,) = hints([PROTECTED], Request())

    assert "PROJECT=language" in hint


def test_each_protected_project_is_named_once():
    (hint,) = hints([PROTECTED, PROTECTED], Request(), [RESOURCE])

    assert hint.count("make unprotect") == 1


def test_an_existing_object_is_answered_with_adoption():
    (hint,) = hints([Failure("urn", 'namespaces "ws-x" already exists')], Request())

    assert "make up ADOPT=1" in hint


def test_a_field_conflict_is_answered_with_how_to_find_the_other():
    (hint,) = hints([Failure("urn", "Server-Side Apply field conflict detected")], Request())

    assert "show-managed-fields" in hint


def test_other_errors_get_no_advice():
    assert hints([Failure("urn", "the sky is falling")], Request(), [RESOURCE]) == []


def test_errors_are_read_from_the_event_log_and_a_cut_off_line_does_no_harm(tmp_path):
    log = tmp_path / "events"
    log.write_text(
        '{"sequence":1,"resourcePreEvent":{"metadata":{"new":{"outputs":{"severity":"error"}}}}}\n'
        '{"sequence":2,"diagnosticEvent":{"urn":"u","message":"debugging","severity":"debug"}}\n'
        '{"sequence":3,"diagnosticEvent":{"urn":"u","message":"broken","severity":"error"}}\n'
        '{"sequence":4,"diagnosticEvent":{"urn":"u","severity":"error","mess'
    )

    assert read_errors(log) == [Failure("u", "broken")]


def test_an_absent_event_log_has_no_errors(tmp_path):
    assert read_errors(tmp_path / "none") == []


def test_the_type_in_a_urn():
    assert resource_type(NAMESPACE) == "kubernetes:core/v1:Namespace"
    assert resource_type("nonsense") == ""


def test_a_violated_rule_points_to_the_page_of_rules_and_to_nothing_else():
    message = "Projects are protected against deletion.\n[SLATE-PROTECT] metadata.name: must be protected."

    (found,) = hints(
        [Failure("urn:pulumi:dev::slate::kubernetes:core/v1:Namespace::vision", message, rule=True)], Request()
    )

    assert "docs/policies.md" in found


def test_violations_of_mandatory_rules_are_read_from_the_event_log(tmp_path):
    def event(level: str) -> str:
        content = {"resourceUrn": "urn", "message": f"[SLATE-X] {level}", "enforcementLevel": level}
        return json.dumps({"policyEvent": content}, separators=(",", ":"))

    log = tmp_path / "events"
    log.write_text(f"{event('mandatory')}\n{event('advisory')}\n")

    assert read_errors(log) == [Failure("urn", "[SLATE-X] mandatory", rule=True)]
