import io
import stat

import pytest

from tools.stack import own_secrets
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress

MADE = "encryptionsalt: v1:salt\nconfig:\n  slate:tokenSecret:\n    secure: v1:cipher\n"


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def script(layout, listed="[]"):
    path = layout.own_secrets() / "Pulumi.dev.yaml"
    return {
        "stack ls": {"out": listed},
        "config set": {"reads": True, "write": [str(path), MADE]},
    }


def ensure(layout, *, own_backend=True):
    stream = io.StringIO()
    own = own_secrets.ensure("dev", layout, {"PATH": "/usr/bin:/bin"}, Progress(stream), own_backend=own_backend)
    return own, stream.getvalue()


def test_the_secret_goes_to_pulumi_on_its_standard_input_and_nowhere_else(fake_pulumi, layout, capfd):
    fake_pulumi.script(script(layout))

    own, said = ensure(layout)

    (call,) = [call for call in fake_pulumi.calls if call["words"][:2] == ["config", "set"]]
    secret = call["stdin"].strip()
    captured = capfd.readouterr()
    everywhere = [captured.out, captured.err, said, str(own)]
    everywhere += [str([other["words"], other["environment"]]) for other in fake_pulumi.calls]
    everywhere += [path.read_text() for path in layout.stacks.rglob("*") if path.is_file()]
    assert len(secret) == 64
    assert not any(secret in text for text in everywhere)


def test_two_clones_have_different_secrets(fake_pulumi, layout):
    fake_pulumi.script(script(layout))

    ensure(layout)
    (layout.own_secrets() / "Pulumi.dev.yaml").unlink()
    ensure(layout)

    values = [call["stdin"] for call in fake_pulumi.calls if call["words"][:2] == ["config", "set"]]
    assert len(set(values)) == 2


def test_the_stack_is_made_in_a_project_of_its_own(fake_pulumi, layout):
    fake_pulumi.script(script(layout))

    ensure(layout)

    assert [call["words"][:3] for call in fake_pulumi.calls][1] == ["stack", "init", "dev"]
    assert {call["directory"] for call in fake_pulumi.calls} == {str(layout.own_secrets())}


def test_what_is_there_is_kept(fake_pulumi, layout):
    layout.own_secrets().mkdir(parents=True)
    (layout.own_secrets() / "Pulumi.dev.yaml").write_text(MADE)
    fake_pulumi.script(script(layout, '[{"name": "dev"}]'))

    own, said = ensure(layout)

    assert own["encryptionsalt"] == "v1:salt"
    assert [call["words"][:2] for call in fake_pulumi.calls] == [["stack", "ls"]]
    assert said == ""


def test_the_file_is_for_its_owner_only(fake_pulumi, layout):
    fake_pulumi.script(script(layout))

    ensure(layout)

    assert stat.S_IMODE((layout.own_secrets() / "Pulumi.dev.yaml").stat().st_mode) == 0o600


def test_a_stack_of_a_shared_backend_that_somebody_else_made_is_not_touched(fake_pulumi, layout):
    fake_pulumi.script(script(layout, '[{"name": "dev"}]'))

    with pytest.raises(StackProblem, match="docs/operate"):
        ensure(layout, own_backend=False)

    assert [call["words"][:2] for call in fake_pulumi.calls] == [["stack", "ls"]]
