import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.bootstrap.errors import CancelledError
from tools.bootstrap.processes import Children, output_of


@pytest.fixture
def environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "GREETING": "hello"}


def test_writes_both_streams_to_the_log_and_returns_the_exit_code(tmp_path: Path, environ: dict[str, str]) -> None:
    log = tmp_path / "logs" / "group.log"
    lines: list[str] = []
    command = ["sh", "-c", "echo $GREETING; echo problem >&2; pwd; exit 3"]

    code = Children().run(command, log=log, directory=tmp_path, environ=environ, on_line=lines.append)

    assert code == 3
    assert lines == ["hello", "problem", str(tmp_path)]
    assert log.read_text().splitlines()[1:] == lines


def test_lines_can_be_kept_out_of_the_log(tmp_path: Path, environ: dict[str, str]) -> None:
    log = tmp_path / "group.log"

    Children().run(
        ["sh", "-c", "echo keep; echo drop"],
        log=log,
        directory=tmp_path,
        environ=environ,
        on_line=lambda line: line != "drop",
    )

    assert log.read_text().splitlines()[1:] == ["keep"]


@pytest.mark.parametrize("stubborn", [False, True], ids=["ends at once", "ignores SIGTERM"])
def test_ending_all_ends_children_and_their_children(
    tmp_path: Path, environ: dict[str, str], alive: Callable[[int], bool], stubborn: bool
) -> None:
    children = Children()
    pids: list[int] = []
    started = threading.Event()
    outcome: list[BaseException] = []

    def note(line: str) -> None:
        pids.append(int(line))
        if len(pids) == 2:
            started.set()

    trap = "trap '' TERM;" if stubborn else ""
    command = ["sh", "-c", f"{trap} sh -c '{trap} echo $$; sleep 600; :' & echo $$; wait; sleep 600"]

    def run() -> None:
        try:
            children.run(command, log=tmp_path / "log", directory=tmp_path, environ=environ, on_line=note)
        except CancelledError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(30)

    children.end_all()
    thread.join(30)

    assert [type(error) for error in outcome] == [CancelledError]
    deadline = time.monotonic() + 30
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if alive(pid)] == []


def test_an_interrupt_while_a_command_runs_ends_it_with_its_children(
    tmp_path: Path, environ: dict[str, str], alive: Callable[[int], bool]
) -> None:
    pids: list[int] = []

    def interrupted(line: str) -> None:
        pids.extend(map(int, line.split()))
        raise KeyboardInterrupt  # as a signal does in the main thread

    with pytest.raises(KeyboardInterrupt):
        Children().run(
            ["sh", "-c", "sleep 600 & echo $$ $!; wait"],
            log=tmp_path / "log",
            directory=tmp_path,
            environ=environ,
            on_line=interrupted,
        )

    assert len(pids) == 2
    assert not any(map(alive, pids))


def test_starts_nothing_after_the_end(tmp_path: Path, environ: dict[str, str]) -> None:
    children = Children()
    children.end_all()

    with pytest.raises(CancelledError):
        children.run(["touch", "file"], log=tmp_path / "log", directory=tmp_path, environ=environ)

    assert not (tmp_path / "file").exists()


def test_output_of_a_quick_command(environ: dict[str, str]) -> None:
    assert output_of(["sh", "-c", "echo out; echo err >&2"], environ) == "out\nerr\n"


@pytest.mark.parametrize(
    "command",
    [["sh", "-c", "exit 1"], ["no-such-program-here"], ["sh", "-c", "sleep 600"]],
    ids=["fails", "none", "hangs"],
)
def test_no_output_of_a_command_that_does_not_work(environ: dict[str, str], command: list[str]) -> None:
    assert output_of(command, environ, seconds=0.5) is None
