import json
import sys
from types import SimpleNamespace

import pytest

from tools.stack import target
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem

VIEW = {
    "current-context": "home",
    "contexts": [
        {"name": "home", "context": {"cluster": "c1", "user": "u"}},
        {"name": "work", "context": {"cluster": "c2", "user": "u"}},
    ],
    "clusters": [
        {"name": "c1", "cluster": {"server": "https://home:6443"}},
        {"name": "c2", "cluster": {"server": "https://work:6443"}},
    ],
}


def never_asked(_question):
    raise AssertionError("asked")


class FakeKubectl:
    """A cluster with an identity."""

    def __init__(self, uid):
        self._uid = uid

    def uid(self):
        return self._uid


def cluster(monkeypatch, uid, kind=target.EMBEDDED, **environment):
    monkeypatch.setattr(target.Target, "kubectl", lambda *_: FakeKubectl(uid))
    return target.Target(kind, "work", "https://work:6443", environment)


def test_the_dev_stack_lives_on_the_embedded_cluster_others_do_not():
    assert target.default_target("dev") == "embedded"
    assert target.default_target("eks") == "kubeconfig"


def test_the_current_context_is_used_unless_the_settings_name_one():
    assert target.choose_context(VIEW, None) == ("home", "https://home:6443")
    assert target.choose_context(VIEW, "work") == ("work", "https://work:6443")


@pytest.mark.parametrize(
    ("view", "wanted", "message"),
    [
        (VIEW, "gone", 'names "gone", which is not a context of your kubeconfig. Contexts: home, work'),
        ({**VIEW, "current-context": ""}, None, "none is set. Contexts: home, work"),
        ({"contexts": None, "clusters": None, "current-context": ""}, None, "Contexts: none"),
        ({**VIEW, "current-context": "gone"}, None, 'current-context is "gone"'),
    ],
)
def test_a_context_that_does_not_exist_is_answered_with_those_that_do(view, wanted, message):
    with pytest.raises(StackProblem, match=message.replace(".", r"\.")):
        target.choose_context(view, wanted)


@pytest.mark.parametrize("answer", ["y", "Y", "yes", " YES "])
def test_a_yes_is_enough(answer):
    asked = []

    target.confirm("Really?", yes=False, ask=lambda text: asked.append(text) or answer, interactive=True)

    assert asked == ["Really? [y/N] "]


@pytest.mark.parametrize("answer", ["", "n", "no", "yess", "maybe"])
def test_anything_else_is_a_no(answer):
    with pytest.raises(StackProblem, match="Nothing was changed"):
        target.confirm("Really?", yes=False, ask=lambda _: answer, interactive=True)


def test_with_yes_nobody_is_asked():
    target.confirm("Really?", yes=True, ask=never_asked, interactive=True)


def test_without_a_terminal_nobody_is_asked_and_the_message_says_what_to_add():
    with pytest.raises(StackProblem, match="add YES=1"):
        target.confirm("Really?", yes=False, ask=never_asked, interactive=False)


@pytest.mark.parametrize(("stdin", "stdout"), [(True, False), (False, True), (False, False)])
def test_a_question_needs_a_terminal_on_both_sides(monkeypatch, stdin, stdout):
    for name, terminal in (("stdin", stdin), ("stdout", stdout)):
        monkeypatch.setattr(sys, name, SimpleNamespace(isatty=lambda terminal=terminal: terminal))

    with pytest.raises(StackProblem, match="add YES=1"):
        target.confirm("Really?", yes=False, ask=never_asked)


def test_end_of_input_is_a_no():
    def ended(_question):
        raise EOFError

    with pytest.raises(StackProblem, match="Nothing was changed"):
        target.confirm("Really?", yes=False, ask=ended, interactive=True)


def test_the_cluster_of_a_new_state_is_remembered(monkeypatch, tmp_path):
    layout = Layout(tmp_path)

    target.check_identity(cluster(monkeypatch, "uid-1"), "dev", layout, lambda: False)

    assert json.loads(layout.identity("dev").read_text())["uid"] == "uid-1"


def test_a_state_is_not_applied_to_another_cluster(monkeypatch, tmp_path):
    layout = Layout(tmp_path)
    target.check_identity(cluster(monkeypatch, "uid-1"), "dev", layout, lambda: True)

    with pytest.raises(StackProblem, match="describes another cluster"):
        target.check_identity(cluster(monkeypatch, "uid-2", target.KUBECONFIG), "dev", layout, lambda: True)

    assert json.loads(layout.identity("dev").read_text())["uid"] == "uid-1"


def test_an_empty_state_may_move_to_another_cluster(monkeypatch, tmp_path):
    layout = Layout(tmp_path)
    target.check_identity(cluster(monkeypatch, "uid-1"), "dev", layout, lambda: False)

    target.check_identity(cluster(monkeypatch, "uid-2"), "dev", layout, lambda: False)

    assert json.loads(layout.identity("dev").read_text())["uid"] == "uid-2"


def test_a_state_of_an_embedded_cluster_that_was_made_anew_is_answered_with_reset(monkeypatch, tmp_path):
    layout = Layout(tmp_path)
    target.check_identity(cluster(monkeypatch, "uid-1"), "dev", layout, lambda: True)

    with pytest.raises(StackProblem, match="make reset"):
        target.check_identity(cluster(monkeypatch, "uid-2"), "dev", layout, lambda: True)


def test_a_state_of_a_cluster_of_the_users_own_is_answered_with_how_to_forget_it(monkeypatch, tmp_path):
    layout = Layout(tmp_path)
    target.check_identity(cluster(monkeypatch, "uid-1", target.KUBECONFIG), "eks", layout, lambda: True)

    with pytest.raises(StackProblem, match="make pulumi STACK=eks ARGS='stack rm --force") as refused:
        target.check_identity(cluster(monkeypatch, "uid-2", target.KUBECONFIG), "eks", layout, lambda: True)

    assert "reset" not in str(refused.value)
    assert ".slate/stacks/eks.cluster" in str(refused.value)


def test_the_backend_of_a_new_state_is_remembered_without_credentials(monkeypatch, tmp_path):
    layout = Layout(tmp_path)
    chosen = cluster(monkeypatch, "uid-1", PULUMI_BACKEND_URL="https://user:hunter2@pulumi.example/slate")

    target.check_identity(chosen, "dev", layout, lambda: False)

    assert target.known_identity(layout.identity("dev"))["backend"] == "https://pulumi.example/slate"


def test_the_clones_own_backend_is_recognised_however_it_is_written(tmp_path):
    layout = Layout(tmp_path)

    for url in (layout.state.as_uri(), "file://.slate/state", f"file://{layout.stacks}/../state"):
        assert target.backend(layout, {"PULUMI_BACKEND_URL": url}) == target.OWN_BACKEND
    assert target.backend(layout, {"PULUMI_BACKEND_URL": "file:///elsewhere"}) == "file:///elsewhere"


@pytest.mark.parametrize(("resources", "remembered"), [(True, target.OWN_BACKEND), (False, "s3://bucket")])
def test_a_state_with_resources_in_a_second_backend_does_not_replace_the_first(
    monkeypatch, tmp_path, resources, remembered
):
    layout = Layout(tmp_path)
    own = cluster(monkeypatch, "uid-1", PULUMI_BACKEND_URL=layout.state.as_uri())
    target.check_identity(own, "dev", layout, lambda: False)
    second = cluster(monkeypatch, "uid-1", PULUMI_BACKEND_URL="s3://bucket")

    target.check_identity(second, "dev", layout, lambda: resources)

    assert target.known_identity(layout.identity("dev"))["backend"] == remembered
