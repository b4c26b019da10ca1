"""`make shell-env`: what a shell evaluates, and the file that `pulumi` reads there."""

import io

import pytest

from tests.tools.stack.test_commands import MADE, run
from tools.stack import lifecycle
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import Request


@pytest.fixture
def layout(clone, monkeypatch):
    """A clone on which no command has run yet."""
    clone.stacks.mkdir(parents=True)
    variables = {"PATH": "/usr/bin:/bin", "PULUMI_BACKEND_URL": clone.state.as_uri(), "SECRET": "hunter2"}
    monkeypatch.setattr(lifecycle, "environment", lambda _: variables)
    return clone


@pytest.fixture
def prepared(layout):
    """The files of a stack that a command has made, the joined one being old."""
    own = layout.own_secrets() / "Pulumi.dev.yaml"
    own.parent.mkdir()
    own.write_text(MADE)
    layout.merged_file("dev").write_text("config: {}\n")
    return own, layout.merged_file("dev")


def test_it_can_be_evaluated_and_holds_no_secret(layout):
    kubeconfig = layout.cluster / "kubeconfig"
    kubeconfig.parent.mkdir(parents=True)
    kubeconfig.write_text("{}")

    _, said = run(lifecycle.shell_env, layout)

    assert f"export KUBECONFIG={kubeconfig}" in said.splitlines()
    assert "export PULUMI_STACK=dev" in said.splitlines()
    assert all(line.startswith(("export ", "unset ")) for line in said.splitlines())
    assert "hunter2" not in said


@pytest.mark.usefixtures("prepared")
def test_it_leads_pulumi_to_the_joined_configuration(layout):
    _, said = run(lifecycle.shell_env, layout)

    assert f"export PULUMI_OPTION_CONFIG_FILE={layout.merged_file('dev')}" in said.splitlines()


@pytest.mark.usefixtures("prepared")
def test_it_joins_the_configuration_anew(layout):
    settings = layout.settings_file("dev")
    settings.write_text(settings.read_text().replace("homeSize: 20Gi", "homeSize: 21Gi"))

    run(lifecycle.shell_env, layout)

    joined = layout.merged_file("dev").read_text()
    assert "homeSize: 21Gi" in joined
    assert "v1:cipher" in joined


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("slate:domain:", "slate:domian:", "domian"),
        ("config:\n", "config:\n  slate:tokenSecret: hunter2\n", "tokenSecret: is a secret and must not be read"),
    ],
)
def test_it_prints_nothing_where_the_settings_are_wrong(layout, before, after, message):
    settings = layout.settings_file("dev")
    settings.write_text(settings.read_text().replace(before, after))
    stream = io.StringIO()

    with pytest.raises(StackProblem, match=message) as refused:
        lifecycle.shell_env(Request(), layout, Progress(stream))

    assert stream.getvalue() == ""
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("made", ["merged", "own", "neither"])
def test_it_of_a_stack_that_no_command_has_made_yet_names_no_configuration(layout, prepared, made):
    for path in prepared:
        if path.parent.name != {"merged": "stacks", "own": "own-secrets"}.get(made):
            path.unlink()

    _, said = run(lifecycle.shell_env, layout)

    assert "unset PULUMI_OPTION_CONFIG_FILE" in said.splitlines()


@pytest.mark.usefixtures("prepared")
def test_it_leaves_a_file_with_its_own_encryption_to_pulumi(layout):
    settings = layout.settings_file("dev")
    settings.write_text("encryptionsalt: v1:theirs\n" + settings.read_text())

    _, said = run(lifecycle.shell_env, layout)

    assert "unset PULUMI_OPTION_CONFIG_FILE" in said.splitlines()
    assert "export PULUMI_OPTION_CONFIG_FILE" not in said


def test_it_leaves_the_kubeconfig_of_the_user_for_a_cluster_of_their_own(layout):
    _, said = run(lifecycle.shell_env, layout, cluster="kubeconfig")

    assert "KUBECONFIG" not in said
