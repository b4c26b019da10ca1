"""The recovery benchmark's judgement, without a cluster."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tools.bench import measure, recovery

PROCESSES = {
    7: "/usr/bin/tini -- /opt/slate/bin/start",
    9: "/opt/conda/bin/python -I -B /opt/slate/start.py",
    12: "/opt/conda/bin/python -I /opt/slate/start_jupyterlab.py --config=/opt/slate/jupyter_server_config.py",
    20: "bash -c echo tini start_jupyterlab.py",
}


def answering(answers: list[str | None], *, page: bool = True) -> Any:
    """A door that answers in turn with the moments at which a JupyterLab was started; None: not at all."""

    def get(*_: object) -> tuple[int, bytes]:
        answer = answers.pop(0)
        if answer is None:
            raise OSError("no answer")
        return (200, json.dumps({"started": answer}).encode()) if answer else (502, b"")

    return SimpleNamespace(get=get, usable=lambda *_: page, close=lambda: None)


def test_a_process_is_found_by_the_program_it_runs():
    assert recovery.process(PROCESSES, "tini") == 7
    assert recovery.process(PROCESSES, "start_jupyterlab.py") == 12


def test_a_process_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(measure.MeasureError, match=r"no process jupyter-server among .*tini"):
        recovery.process(PROCESSES, "jupyter-server")


@pytest.mark.parametrize(
    ("answer", "page", "usable"),
    [("later", True, True), ("before", True, False), ("later", False, False), (None, True, False), ("", True, False)],
)
def test_only_another_jupyterlab_with_its_page_counts(answer, page, usable):
    assert recovery.usable_again(answering([answer], page=page), "before") is usable


def test_a_fault_is_timed_until_the_workspace_is_usable_again():
    answers = ["before", "before", None, "", "later"]
    done: list[object] = []
    workspaces: Any = SimpleNamespace(
        put_to_sleep=lambda name: done.append(("sleep", name)),
        scale=lambda name, replicas: done.append(("scale", name, replicas)),
        door=lambda _: answering(answers),
        ready=lambda _: True,
    )

    seconds = recovery.recover(workspaces, done.append)

    assert done == [("sleep", "one"), ("scale", "one", 1), workspaces]
    assert answers == []
    assert seconds >= 3 * recovery.PAUSE


@pytest.mark.parametrize(("slow", "met"), [(330.0, True), (601.0, False)])
def test_the_slowest_kind_of_fault_is_judged(slow, met):
    line = json.loads(recovery.verdict({"pod deleted": [4.0, 2.0, 9.0], "IDE process hung": [slow]}, 0.5))

    assert line["seconds"] == {"pod deleted": 4.0, "IDE process hung": slow}
    assert (line["slowest"], line["value"], line["met"]) == ("IDE process hung", slow, met)
