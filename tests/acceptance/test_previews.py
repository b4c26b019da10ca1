"""A real preview says what its recording says, and `make up` obeys the same rules about what exists already."""

import json
import re

import pytest

from tests.golden.produce import FOLDER
from tests.tools.preview import cases
from tools.preview import files, recording

pytestmark = pytest.mark.cluster


def shape(comment: str) -> str:
    """A comment without its numbers and folded differences, which change whenever a manifest does."""
    return re.sub(r"\d[\d.,]*", "#", comment.partition("<summary>Differences")[0])


@pytest.fixture(scope="module")
def stack(clone):
    """A stack that is up."""
    cases.base(clone)
    clone.write_settings()
    clone.run("up")
    return clone


@pytest.mark.parametrize("name", ["new-workspace", "immutable-field"])
def test_a_real_preview_writes_the_comment_of_the_recording(stack, tmp_path, name):
    markdown, events, verdict = tmp_path / "preview.md", tmp_path / "events.jsonl.gz", tmp_path / "preview.json"

    cases.preview(stack, name, "--markdown", str(markdown), "--events", str(events), "--json", str(verdict))

    assert shape(markdown.read_text()) == shape((FOLDER / "previews" / f"{name}.md").read_text())
    found = recording.read(files.opened(events), "dev")
    recorded = recording.read(files.opened(cases.RECORDINGS / f"{name}.jsonl.gz"), "dev")
    assert sorted(step.urn for step in found.changes) == sorted(step.urn for step in recorded.changes)
    assert json.loads(verdict.read_text())["passes"] is (name not in cases.REFUSED)


def test_up_does_not_loosen_a_promise_without_an_exemption(stack):
    before = stack.get("configmap", "service-level-contract", "--namespace", "slate-system")
    cases.loosened_target(stack)
    stack.write_settings()

    said = stack.run("up", code=1)

    assert "SLATE-SLA-TARGET" in said
    assert "Nothing was changed: a rule about what exists already forbids the change" in said
    assert stack.get("configmap", "service-level-contract", "--namespace", "slate-system") == before


def test_with_an_exemption_it_does_and_then_there_is_nothing_left_to_judge(stack):
    path = stack.root / "policies" / "config" / "dev.json"
    resource = "ConfigMap slate-system/service-level-contract"
    entry = {"resource": resource, "reason": "agreed", "owner": "erin", "expires": "2999-12-31"}
    rules = ("SLATE-SLA-TARGET", "SLATE-SLA-CREDIT")
    content = json.loads(path.read_text()) | {"exemptions": [{"rule": rule, **entry} for rule in rules]}
    path.write_text(json.dumps(content))

    said = stack.run("up")
    again = stack.run("up")

    assert "looking first at what the change does to what exists" in said
    assert "looking first" not in again
    contract = stack.get("configmap", "service-level-contract", "--namespace", "slate-system")
    assert '"availability": 99.6' in contract["data"]["contract.json"]
