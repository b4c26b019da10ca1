"""What the comments of recorded cases say; the whole comments are golden files (tests/golden/previews)."""

import pytest

from policies.findings import Finding, Outcome
from tests.tools.preview import cases
from tools.preview import comment, files, limits, recording, steps
from tools.preview.analysis import Analysis, ExemptionLine, TargetChange
from tools.preview.recording import Error, PolicyFinding, Recording


@pytest.mark.parametrize("name", cases.CASES)
def test_the_shortest_comment_still_says_what_matters_most(name):
    found, analysis = told(name)

    text = comment.render(found, analysis, limits.LEAST)

    assert limits.size(text) <= limits.LEAST
    assert text.splitlines()[:3] == comment.render(found, analysis).splitlines()[:3]


@pytest.mark.parametrize("name", cases.CASES)
def test_no_recording_holds_a_secret(name):
    lines = files.opened(cases.RECORDINGS / f"{name}.jsonl.gz")

    found = recording.read(lines, "dev")

    assert "tokenSecret" not in found.settings
    assert not any("ciphertext" in line for line in lines)
    for step in found.steps:
        if step.type.endswith(":Secret"):
            shown = [step.inputs.get(field) or {} for field in ("data", "stringData")]
            parts = [item for value in shown for item in (value.values() if isinstance(value, dict) else [value])]
            assert set(map(repr, parts)) <= {"secret"}


def test_what_is_deleted_with_a_namespace_is_told_in_its_row():
    found, analysis = told("removed-project")

    text = comment.render(found, analysis)

    (row,) = [line for line in text.splitlines() if line.startswith("| **delete** | `Namespace ws-language`")]
    refused = "it is protected, so Pulumi refuses unless `make unprotect PROJECT=language` was run before"
    assert f"{refused}; with it go 12 more objects in it" in row
    assert "| `NetworkPolicy" not in text


def test_the_same_difference_of_many_resources_is_shown_once():
    found, analysis = told("changed-image")

    text = comment.render(found, analysis)

    assert text.count(f"+ spec.template.spec.containers[0].image: {cases.OTHER_IMAGE}") == 1


def test_the_sections_come_in_the_order_of_reading():
    found, analysis = told("removed-project")

    lines = comment.render(found, analysis).splitlines()

    titles = [line for line in lines if line.startswith(("#### ", "<summary>"))]
    assert titles == [
        "#### Deleted or replaced",
        "#### Policies",
        "#### Resources and cost",
        "#### Service level agreement",
        "#### Created or updated",
        "<summary>Differences of 17 resources</summary>",
    ]


def test_violations_are_sorted_and_what_is_undecided_is_folded_with_its_values():
    found = Recording(
        "dev",
        "preview",
        findings=(
            _finding("SLATE-IMAGE-DIGEST", Outcome.UNDECIDED, "advisory", "a", "is not known"),
            _finding("SLATE-IMAGE-DIGEST", Outcome.UNDECIDED, "advisory", "b", "is not known"),
            _finding("SLATE-HOST-NET", Outcome.VIOLATION, "advisory", "a", "Must not."),
            _finding("SLATE-PRIV", Outcome.VIOLATION, "mandatory", "b", "Must not.", "Do that."),
            _finding("SLATE-PRIV", Outcome.VIOLATION, "mandatory", "a", "Must not.", "Do that."),
            _finding("SLATE-IDLE", Outcome.CRASHED, "mandatory", "a", "the rule crashed."),
        ),
    )

    lines = comment.render(found, Analysis()).splitlines()

    start = next(index for index, line in enumerate(lines) if line.startswith("| severity"))
    rows = [line.split(" | ") for line in lines[start + 2 : start + 5]]
    assert [row[1] for row in rows] == ["`SLATE-PRIV`", "`SLATE-IDLE`", "`SLATE-HOST-NET`"]
    assert rows[0][2:] == ["`a`, `b`", "`spec.x`: **Must not.** Do that. |"]
    assert "blocks" in rows[1][0]
    assert "advisory" in rows[2][0]
    assert "<summary>Undecided at preview: 1 rule</summary>" in lines
    assert "| `SLATE-IMAGE-DIGEST` | `a`, `b` | `spec.x` |" in lines


def test_exemptions_that_no_longer_hold_come_first():
    line = ExemptionLine("SLATE-IDLE", "StatefulSet a/b", "long | job", "erin", "2030-01-01", "used")
    expired = ExemptionLine("SLATE-PRIV", "Pod a/c", "", "", "2020-01-01", "expired")

    text = comment.render(Recording("dev", "preview"), Analysis(exemptions=(line, expired)))

    rows = [row for row in text.splitlines() if row.startswith("| `SLATE")]
    assert rows == [
        "| `SLATE-PRIV` | `Pod a/c` |  |  | 2020-01-01 | **expired** |",
        "| `SLATE-IDLE` | `StatefulSet a/b` | long \\| job | erin | 2030-01-01 | used |",
    ]


def test_a_replacement_names_the_property_that_forces_it():
    change = steps.PropertyChange("spec.clusterIP", "update", "None", "10.0.0.1", forces_replacement=True)
    other = steps.PropertyChange("metadata.labels.x", "add", steps.ABSENT, "y")
    manifest = {"kind": "Service", "metadata": {"name": "a", "namespace": "b"}}
    step = steps.Step("urn:x", "kubernetes:core/v1:Service", "a", "replace", manifest, manifest, diffs=(change, other))

    text = comment.render(Recording("dev", "preview", steps=(step,)), Analysis())

    assert "| **replace** | `Service b/a` | `spec.clusterIP` from `None` to `10.0.0.1` |  |" in text


def test_an_interrupted_run_is_not_taken_for_a_whole_one():
    found, analysis = told("new-workspace")
    lines = files.opened(cases.RECORDINGS / "new-workspace.jsonl.gz")

    cut = recording.read(lines[: len(lines) // 2], "dev")

    assert "**ready**" in comment.render(found, analysis)
    assert "**interrupted**" in comment.render(cut, Analysis())


@pytest.mark.parametrize(("level", "word"), [("advisory", "interrupted"), ("mandatory", "blocked")])
def test_an_interrupted_run_is_no_failure_and_what_it_has_found_still_blocks(level, word):
    errors = (Error("", "context canceled"), Error("", "boom"))
    found = Recording(
        "dev",
        "preview",
        findings=(_finding("SLATE-PRIV", Outcome.VIOLATION, level, "a", "Must not."),),
        errors=errors,
        outcome=recording.INTERRUPTED,
    )

    text = comment.render(found, Analysis())

    assert f": **{word}**" in text
    assert "The run ended before it was done" in text
    assert "boom" in text
    assert "context canceled" not in text


def test_the_marker_is_one_line_whatever_the_stack_is_called():
    found = Recording("a --> <script>", "preview", errors=(Error("", "x"),), outcome="failed")

    assert comment.render(found, Analysis()).splitlines()[0] == "<!-- slate-preview:a_--___script_ -->"


def told(name):
    found = recording.read(files.opened(cases.RECORDINGS / f"{name}.jsonl.gz"), "dev")
    return found, files.judge(found, cases.NOW, cases.PARAMETERS)


def _finding(rule, outcome, level, name, *text):
    return PolicyFinding(Finding(rule, outcome, "spec.x", *text), level, f"urn:pulumi:dev::slate::kind::{name}")


def test_very_many_findings_of_a_rule_are_told_by_a_few_and_leave_room_for_all_else():
    findings = tuple(
        _finding("SLATE-KEEP-WORKSPACE", Outcome.VIOLATION, "advisory", f"user-{index:03}", f"user-{index:03} goes.")
        for index in range(300)
    )
    other = _finding("SLATE-IDLE", Outcome.VIOLATION, "advisory", "zoe", "Other words.")

    written = comment.render(Recording("dev", "preview", findings=(*findings, other)), Analysis())

    rows = [line for line in written.splitlines() if "SLATE-KEEP-WORKSPACE" in line]
    assert len(rows) == 4
    assert "user-000 goes." in rows[0]
    assert "`user-003`, `user-004`" in rows[3]
    assert "and 277 more" in rows[3]
    assert "Other words." in written
    assert "left out" not in written


def test_promises_that_are_removed_are_counted_like_those_that_are_loosened():
    changes = (
        TargetChange("availability", "99.9", "99", "loosened"),
        TargetChange("startSuccess", "99", "", "removed"),
        TargetChange("alert X", "evaluated", "", "removed"),
        TargetChange("selfHealing", "90", "95", "tightened"),
    )

    written = comment.render(Recording("dev", "preview"), Analysis(service_levels=changes))

    assert "1 promise of the service level agreement would be loosened." in written
    assert "2 parts of the service level agreement would be removed." in written
