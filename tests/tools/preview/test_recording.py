"""The event log of a run is read whole, cut off or not, and no secret comes through."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.findings import Finding, Outcome
from tools.preview import recording, steps, trimming, values

SECRET = {values.SIGNATURE: values.SECRET_SIGNATURE, "ciphertext": "hunter2"}
URN = "urn:pulumi:dev::slate::slate:index:Project$kubernetes:apps/v1:StatefulSet::alice"


def test_a_step_tells_what_differs_and_what_forces_a_replacement():
    old = manifest(image="a@sha256:1")
    new = manifest(image=values_unknown())
    detailed = {"spec.image": {"diffKind": "update-replace", "inputDiff": True}}
    lines = [
        event("resourcePreEvent", metadata=step("create-replacement", old, new, detailed, keys=["spec"])),
        event("resourcePreEvent", metadata=step("replace", old, new, detailed, keys=["spec"])),
        event("resourcePreEvent", metadata=step("delete-replaced", old, None)),
        event("summaryEvent", isPreview=True, result="succeeded"),
    ]

    found = recording.read(lines)

    assert (found.stack, found.command, found.outcome) == ("dev", "preview", "ok")
    assert [one.op for one in found.steps] == ["create-replacement", "replace", "delete-replaced"]
    (changed,) = found.changes
    assert (changed.op, changed.label, changed.replace_keys) == ("replace", "StatefulSet ws-a/alice", ("spec",))
    (diff,) = changed.diffs
    assert diff == steps.PropertyChange("spec.image", "update", "a@sha256:1", values.UNKNOWN, forces_replacement=True)
    assert found.steps[2].new is None


def test_without_a_detailed_diff_the_inputs_are_compared():
    old, new = manifest(image="one"), manifest(image="two")

    found = recording.read([event("resourcePreEvent", metadata=step("update", old, new, None, diffs=["spec"]))])

    assert found.changes[0].diffs == (steps.PropertyChange("spec.image", "update", "one", "two"),)


def test_secrets_do_not_come_through_marked_or_not():
    kind = "kubernetes:core/v1:Secret"
    old = {"kind": "Secret", "metadata": {"name": "tokens"}, "stringData": {"alice": "hunter2"}}
    new = {"kind": "Secret", "metadata": {"name": "tokens"}, "stringData": {"alice": SECRET, "bob": "hunter2"}}
    configuration = {"slate:tokenSecret": "[secret]", "slate:domain": "example.org", "other:token": "hunter2"}
    listed = {"kind": "List", "items": [old], "env": SECRET}
    lines = [
        event("preludeEvent", config=configuration),
        event("resourcePreEvent", metadata=step("update", old, new, None, diffs=["stringData"], kind=kind)),
        event("resourcePreEvent", metadata=step("create", None, listed, kind="kubernetes:core/v1:List")),
    ]

    found = recording.read(lines)

    assert "hunter2" not in repr(found)
    assert [one.path for one in found.steps[0].diffs] == ["stringData.bob"]
    assert found.settings == {"domain": "example.org"}


@pytest.mark.parametrize(
    ("kind", "wrap"),
    [
        ("kubernetes:core/v1:Secret", lambda secret: secret),
        ("kubernetes:core/v1:Secret", lambda secret: {key: secret[key] for key in ("metadata", "data")}),
        ("kubernetes:core/v1:SecretList", lambda secret: {"items": [{"data": secret["data"]}]}),
        ("kubernetes:core/v1:List", lambda secret: {"kind": "List", "items": [{"kind": "List", "items": [secret]}]}),
        ("kubernetes:yaml/v2:ConfigGroup", lambda secret: {"objs": [secret]}),
    ],
)
def test_no_secret_comes_through_wherever_in_a_resource_it_is(kind, wrap):
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"data": {"alice": "hunter2"}}'}
    metadata = {"name": "tokens", "annotations": applied}
    secret = wrap({"kind": "Secret", "metadata": metadata, "data": {"alice": "hunter2"}})
    changed = {"metadata.annotations": {"diffKind": "delete"}}
    lines = [
        event("resourcePreEvent", metadata=step("update", {}, secret, None, kind=kind)),
        event("resourcePreEvent", metadata=step("delete", secret, None, changed, kind=kind)),
    ]

    assert "hunter2" not in repr(recording.read(lines))
    assert "hunter2" not in "".join(trimming.trimmed(lines))
    assert "alice" in repr(recording.read(lines))


def test_findings_of_the_pack_keep_level_and_resource():
    policy = {
        "resourceUrn": URN,
        "message": "<{%reset%}>A title.\n[SLATE-PRIV] spec.x: Must not be so. Fix: Do this.<{%reset%}>",
        "policyName": "SLATE-PRIV",
        "enforcementLevel": "mandatory",
    }
    other = {"message": "other words", "policyName": "theirs", "enforcementLevel": "advisory"}

    found = recording.read([event("policyEvent", **policy), event("policyEvent", **other)])

    ours, theirs = found.findings
    assert ours.finding == Finding("SLATE-PRIV", Outcome.VIOLATION, "spec.x", "Must not be so.", "Do this.")
    assert (ours.mandatory, ours.resource) == (True, "alice")
    assert (theirs.finding.rule, theirs.mandatory, theirs.urn) == ("theirs", False, "")
    assert found.outcome == recording.FAILED


def test_a_log_that_ends_early_is_an_interrupted_run():
    line = event("resourcePreEvent", metadata=step("create", None, manifest()))

    found = recording.read([line, line[: len(line) // 2]])

    assert (len(found.steps), found.outcome) == (1, recording.INTERRUPTED)


@pytest.mark.parametrize(
    ("messages", "outcome"),
    [(["context canceled\n"], recording.INTERRUPTED), (["boom", "context canceled\n"], recording.FAILED)],
)
def test_a_run_that_was_asked_to_stop_is_interrupted_though_the_engine_calls_it_failed(messages, outcome):
    lines = [event("diagnosticEvent", severity="error", message=message) for message in messages]

    found = recording.read([*lines, event("summaryEvent", isPreview=True, result="failed")])

    assert found.outcome == outcome


def test_an_error_is_told_once_and_without_colours():
    diagnostic = event("diagnosticEvent", severity="error", urn=URN, message="<{%fg 1%}>boom<{%reset%}>\n", color="x")

    found = recording.read([diagnostic, diagnostic, event("summaryEvent", isPreview=False, result="failed")])

    assert found.errors == (recording.Error(URN, "boom"),)
    assert (found.command, found.outcome) == ("up", recording.FAILED)


@given(st.lists(st.from_regex(r"[a-zA-Z0-9_.\[\]/\"\\ -]{1,12}", fullmatch=True), min_size=1, max_size=4))
def test_every_path_of_a_difference_leads_back_to_the_value(keys):
    value: object = "new"
    for key in reversed(keys):
        value = {key: [value]}

    (change,) = steps.differences({}, {"root": value})
    (inner,) = steps.differences({"root": _with(value, "old")}, {"root": value})

    assert steps.at({"root": value}, steps.parts(change.path)) == value
    assert steps.at({"root": value}, steps.parts(inner.path)) == "new"


@given(st.text(max_size=300))
def test_no_line_can_break_the_reading(line):
    assert recording.read([line, f'"summaryEvent" {line}'], stack="dev").stack == "dev"


def _with(value, leaf):
    if isinstance(value, dict):
        return {key: _with(item, leaf) for key, item in value.items()}
    return [_with(item, leaf) for item in value] if isinstance(value, list) else leaf


def event(name, **content):
    """A line of the log."""
    return json.dumps({"sequence": 1, "timestamp": 1, name: content})


def values_unknown():
    """What Pulumi writes for a text that is known only after the update."""
    return "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def manifest(**spec):
    """The inputs of a workspace."""
    return {"kind": "StatefulSet", "metadata": {"name": "alice", "namespace": "ws-a"}, "spec": spec}


def step(op, old, new, detailed=None, kind="kubernetes:apps/v1:StatefulSet", **more):
    """The metadata of a step."""
    states = {
        "old": old and {"type": kind, "urn": URN, "inputs": old, "outputs": {}},
        "new": new and {"type": kind, "urn": URN, "inputs": new, "outputs": {}},
    }
    urn = URN if kind.endswith("StatefulSet") else f"urn:pulumi:dev::slate::{kind}::other"
    return {"op": op, "urn": urn, "type": kind, "detailedDiff": detailed, **states, **more}


def test_a_recording_that_is_kept_says_the_same_as_the_log_and_holds_no_secret():
    kind = "kubernetes:core/v1:Secret"
    old = {"kind": "Secret", "metadata": {"name": "tokens"}, "stringData": {"alice": "hunter2"}}
    new = old | {"stringData": {"alice": "hunter2", "bob": SECRET}}
    detailed = {"stringData.bob": {"diffKind": "add", "inputDiff": False}}
    lines = [
        event(
            "preludeEvent", config={"slate:domain": "example.org", "slate:tokenSecret": "[secret]", "x:y": "hunter2"}
        ),
        event("resourcePreEvent", metadata=step("update", old, new, detailed, kind=kind, provider="x", logical=True)),
        event("resourcePreEvent", metadata=step("create", None, manifest(image=values_unknown()))),
        event("diagnosticEvent", severity="error", urn=URN, message="boom", color="never"),
        event("summaryEvent", isPreview=True, result="failed", durationSeconds=5),
    ]

    kept = [*trimming.trimmed([*lines, lines[1][: len(lines[1]) // 2]])]

    assert recording.read(kept) == recording.read(lines)
    assert "hunter2" not in "".join(kept)
    assert len("".join(kept)) < len("".join(lines))


def test_a_run_that_never_began_can_be_kept_as_well():
    found = recording.failed("dev", "preview", "the settings are wrong")

    assert recording.read(trimming.told(found.errors), "dev").errors == found.errors
