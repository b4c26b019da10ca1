"""Stack files that bring their own encryption."""

import pytest
import yaml

from tests.tools.stack.test_commands import run, script, works
from tools.stack import commands
from tools.stack.problem import StackProblem
from tools.stack.session import Request


def test_a_stack_file_with_its_own_encryption_is_used_as_it_is(fake_pulumi, clone):
    path = clone.settings_file("dev")
    secret = "config:\n  slate:tokenSecret: {secure: v1:theirs}\n"
    text = path.read_text().replace("config:\n", secret, 1).replace("build: true", "build: false")
    path.write_text(f"encryptionsalt: v1:theirs\n{text}")
    script(fake_pulumi, clone, stack_ls={"out": '[{"name": "dev"}]'})

    run(commands.up, clone)

    (call,) = works(fake_pulumi)
    assert "--config-file" not in call["words"]
    assert not clone.merged_file("dev").exists()


def test_a_stack_file_with_its_own_encryption_is_copied_where_something_is_added(fake_pulumi, clone):
    path = clone.settings_file("dev")
    secret = "config:\n  slate:tokenSecret: {secure: v1:theirs}\n"
    path.write_text("encryptionsalt: v1:theirs\n" + path.read_text().replace("config:\n", secret, 1))
    before = path.read_text()
    script(fake_pulumi, clone, stack_ls={"out": '[{"name": "dev"}]'})

    _, said = run(commands.up, clone)

    (call,) = works(fake_pulumi)
    given = yaml.safe_load(clone.merged_file("dev").read_text())
    assert call["words"][call["words"].index("--config-file") + 1] == str(clone.merged_file("dev"))
    assert given["encryptionsalt"] == "v1:theirs"
    assert given["config"]["slate:tokenSecret"] == {"secure": "v1:theirs"}
    assert given["config"]["slate:images"]["build"] is False
    assert "images are not built: IMAGES=0; placeholders are used" in said
    assert path.read_text() == before


@pytest.mark.parametrize("command", [commands.up, commands.preview])
def test_own_encryption_without_the_token_secret_is_answered_with_both_ways_out(fake_pulumi, clone, command):
    path = clone.settings_file("dev")
    path.write_text(f"encryptionsalt: v1:theirs\n{path.read_text()}")

    with pytest.raises(StackProblem, match=r"openssl rand -hex 32 \| make pulumi ARGS=") as refused:
        run(command, clone)

    assert "remove encryptionsalt from the file" in str(refused.value)
    assert fake_pulumi.calls == []


def test_the_advised_command_sets_the_missing_token_secret(fake_pulumi, clone):
    path = clone.settings_file("dev")
    path.write_text(f"encryptionsalt: v1:theirs\n{path.read_text()}")
    script(fake_pulumi, clone, stack_ls={"out": '[{"name": "dev"}]'}, config_set={})

    assert commands.passthrough(Request(), clone, "config set --secret slate:tokenSecret") == 0

    assert fake_pulumi.calls[-1]["words"] == ["config", "set", "--secret", "slate:tokenSecret"]
