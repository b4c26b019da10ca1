import io
import json

import pytest

from tools.cluster import ComponentStatus
from tools.observability import ObservabilityError, ObservabilityStatus
from tools.stack import observing
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress

RULES = {
    "kind": "ConfigMap",
    "metadata": {"name": "service-level-rules", "namespace": "slate-system"},
    "data": {"rules.yml": "groups: []\n"},
}
CONTRACT = {
    "kind": "ConfigMap",
    "metadata": {"name": "service-level-contract", "namespace": "slate-system"},
    "data": {"contract.json": "{}"},
}


class FakeKubectl:
    """A cluster with some objects in slate-system."""

    def __init__(self, *objects):
        self.objects = objects

    def items(self, kinds, *arguments):
        assert "secrets" in kinds
        return list(self.objects) if arguments == ("--namespace", "slate-system") else []


class FakeObservability:
    """Programs that only remember what they were told."""

    def __init__(self, layout, problem=""):
        self.layout = observing.observability(layout).layout
        self.problem = problem
        self.told = []
        self.state = ObservabilityStatus("stopped", (), "", "")

    def up(self, declared, report, *, node):
        del report
        if self.problem:
            raise ObservabilityError(self.problem)
        self.told.append(("up", declared.rules, node))

    def down(self, delete_data, report):
        del report
        self.told.append(("down", delete_data))

    def status(self):
        return self.state


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


@pytest.fixture
def programs(layout, monkeypatch):
    monkeypatch.delenv(observing.VARIABLE)
    monkeypatch.setattr(observing, "ensure", lambda *_: None)
    made = FakeObservability(layout)
    monkeypatch.setattr(observing, "observability", lambda _: made)
    return made


def said(action, *arguments, **options):
    stream = io.StringIO()
    action(*arguments, Progress(stream), **options)
    return stream.getvalue()


@pytest.mark.parametrize("real", [True, False])
def test_what_is_declared_is_started(layout, programs, real):
    said(observing.start, layout, FakeKubectl(RULES, CONTRACT), real_node=real)

    assert programs.told == [("up", "groups: []\n", layout.node if real else None)]


def test_a_stack_without_service_levels_is_not_measured_any_more(layout, programs):
    assert said(observing.start, layout, FakeKubectl(), real_node=False) == ""
    assert programs.told == [("down", False)]


@pytest.mark.parametrize(("objects", "told"), [((RULES, CONTRACT), []), ((), [("down", False)])])
def test_it_ends_with_the_last_stack_that_has_service_levels(layout, programs, objects, told):
    said(observing.stop_unless_declared, layout, FakeKubectl(*objects))

    assert programs.told == told


@pytest.mark.parametrize("word", ["0", "false", "No", " off "])
def test_it_can_be_left_out(layout, programs, monkeypatch, word):
    monkeypatch.setenv(observing.VARIABLE, word)

    said(observing.start, layout, FakeKubectl(RULES, CONTRACT), real_node=False)

    assert programs.told == []


def test_a_refusal_says_how_to_go_on(layout, programs):
    programs.problem = "promtool refuses what the stack declares:\nrules.yml: no"

    with pytest.raises(StackProblem, match=r"rules\.yml: no\nTo go on without: make up OBSERVABILITY=0"):
        said(observing.start, layout, FakeKubectl(RULES, CONTRACT), real_node=False)


@pytest.mark.parametrize("delete", [True, False])
def test_it_is_stopped(layout, programs, delete):
    said(observing.stop, layout, delete_data=delete)

    assert programs.told == [("down", delete)]


@pytest.mark.usefixtures("programs")
def test_what_never_ran_is_not_shown(layout):
    assert said(observing.show, layout) == ""


def test_what_is_stopped_is_shown_without_numbers(layout, programs):
    programs.state = ObservabilityStatus("stopped", (ComponentStatus("prometheus", 0, "stopped", 0),), "http://x", "")

    text = said(observing.show, layout)

    assert "Observability: stopped\n" in text
    assert "Service levels" not in text


def test_the_numbers_come_from_the_status_pages_summary(tmp_path):
    objectives = [
        {"name": "Start success", "text": "99.5 %, promised 99.5 %; 1 of 1 failed starts used; met", "value": 99.5},
        {"name": "Mean cold start", "text": "no data", "value": None},
    ]
    (tmp_path / "summary.json").write_text(json.dumps({"objectives": objectives}))

    assert observing.service_level_rows(tmp_path / "summary.json") == [
        ["Start success", "99.5 %, promised 99.5 %; 1 of 1 failed starts used; met"],
        ["Mean cold start", "no data"],
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"objectives": null}', "{"])
def test_a_summary_that_says_nothing_gives_no_rows(tmp_path, text):
    (tmp_path / "summary.json").write_text(text)

    assert observing.service_level_rows(tmp_path / "summary.json") == []


def test_who_measures_is_told_while_it_runs(layout, programs):
    assert observing.in_use(layout) == []

    programs.state = ObservabilityStatus("running", (), "http://127.0.0.1:1", "http://127.0.0.1:2")

    assert observing.in_use(layout) == [
        ["observability", "Prometheus at http://127.0.0.1:1, Alertmanager at http://127.0.0.1:2"]
    ]
