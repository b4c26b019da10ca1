"""`make up` changes nothing that a rule about what exists already forbids, and asks only where there is a question."""

import io

import pytest

from tests.tools.stack.test_commands import PROTECTED, run, script, works
from tests.tools.stack.test_previewing import DONE, removal
from tools.stack import commands
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import Request

FORBIDDEN = {"events": [removal(protected=False), DONE]}


@pytest.fixture
def state(clone):
    """A stack that is up already."""
    path = clone.state / ".pulumi" / "stacks" / "slate" / "dev.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    return path


def commands_run(fake_pulumi):
    return [call["words"][0] for call in works(fake_pulumi)]


def test_a_new_stack_is_not_judged(fake_pulumi, clone):
    script(fake_pulumi, clone, preview=FORBIDDEN)

    assert run(commands.up, clone)[0] == 0

    assert commands_run(fake_pulumi) == ["up"]


@pytest.mark.usefixtures("state")
def test_a_stack_without_resources_is_not_judged(fake_pulumi, clone):
    script(fake_pulumi, clone, preview=FORBIDDEN, stack_export={"out": "{}"})

    assert run(commands.up, clone)[0] == 0

    assert commands_run(fake_pulumi) == ["up"]


@pytest.mark.usefixtures("state")
def test_what_a_rule_forbids_is_not_done(fake_pulumi, clone):
    script(fake_pulumi, clone, preview=FORBIDDEN)

    with pytest.raises(StackProblem, match="Nothing was changed: a rule about what exists already forbids"):
        run(commands.up, clone)

    assert commands_run(fake_pulumi) == ["preview"]


@pytest.mark.usefixtures("state")
def test_what_the_engine_refuses_in_the_preview_is_not_done_and_the_help_is_the_same(fake_pulumi, clone):
    script(fake_pulumi, clone, preview={"exit": 255, "events": [PROTECTED, DONE]})

    with pytest.raises(StackProblem, match="make unprotect PROJECT=language"):
        run(commands.up, clone)

    assert commands_run(fake_pulumi) == ["preview"]


@pytest.mark.usefixtures("state")
def test_what_pulumi_says_before_it_begins_is_told_as_a_failure(fake_pulumi, clone):
    script(fake_pulumi, clone, preview={"exit": 255, "err": "error: validating stack config: no", "events": []})
    stream = io.StringIO()

    with pytest.raises(StackProblem, match="pulumi preview failed"):
        commands.up(Request(), clone, Progress(stream))

    said = stream.getvalue()
    assert "preview of stack dev: failed" in said
    assert "validating stack config: no" in said


@pytest.mark.usefixtures("state")
def test_the_same_program_on_the_same_state_is_not_judged_again(fake_pulumi, clone):
    script(fake_pulumi, clone)

    for _ in range(2):
        run(commands.up, clone)

    assert commands_run(fake_pulumi) == ["preview", "up", "up"]


@pytest.mark.parametrize("changed", ["Pulumi.dev.yaml", "Pulumi.yaml", "components/new.py", "state", "policies/x.json"])
def test_any_change_is_judged_again(fake_pulumi, clone, state, changed):
    script(fake_pulumi, clone)
    run(commands.up, clone)

    path = state if changed == "state" else clone.root / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n")
    run(commands.up, clone)

    assert commands_run(fake_pulumi) == ["preview", "up"] * 2


@pytest.mark.usefixtures("state")
def test_an_update_that_failed_is_judged_again(fake_pulumi, clone):
    script(fake_pulumi, clone, up={"exit": 1})

    for _ in range(2):
        with pytest.raises(StackProblem):
            run(commands.up, clone)

    assert commands_run(fake_pulumi) == ["preview", "up"] * 2
