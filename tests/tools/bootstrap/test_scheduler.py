import threading
import time
from dataclasses import dataclass, field

import pytest

from tools.bootstrap.errors import BootstrapError, CancelledError
from tools.bootstrap.scheduler import install_all, jobs


@dataclass
class Example:
    name: str
    journal: list[str]
    requires: tuple[str, ...] = ()
    error: BaseException | None = None
    summary: str = ""
    gate: threading.Event = field(default_factory=threading.Event)

    def hosts(self) -> set[str]:
        return set()

    def ready(self, place) -> bool:
        raise NotImplementedError

    def statuses(self, place):
        raise NotImplementedError

    def install(self, task) -> str:
        assert task.group == self.name
        self.journal.append(f"+{self.name}")
        self.gate.wait(30)
        if self.error:
            raise self.error
        self.journal.append(f"-{self.name}")
        return "done"


@pytest.fixture
def session(clone):
    session = clone.session()
    session.progress.begin(9)
    yield session
    session.progress.end()


def opened(*groups: Example) -> list[Example]:
    for group in groups:
        group.gate.set()
    return list(groups)


def test_a_group_waits_for_what_it_requires(session) -> None:
    journal: list[str] = []
    groups = opened(Example("late", journal, ("early",)), Example("early", journal))

    failed = install_all(session, groups, at_once=2)

    assert failed == {}
    assert journal == ["+early", "-early", "+late", "-late"]


def test_requirements_that_are_there_already_are_no_hindrance(session) -> None:
    journal: list[str] = []

    install_all(session, opened(Example("late", journal, ("there already",))), at_once=1)

    assert journal == ["+late", "-late"]


def test_two_run_side_by_side_and_no_more(session) -> None:
    journal: list[str] = []
    groups = [Example(name, journal) for name in ("a", "b", "c")]
    thread = threading.Thread(target=install_all, args=(session, groups, 2))
    thread.start()
    deadline = time.monotonic() + 30
    while len(journal) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)

    assert sorted(journal) == ["+a", "+b"]
    opened(*groups)
    thread.join(30)
    assert sorted(journal) == ["+a", "+b", "+c", "-a", "-b", "-c"]


def test_a_failure_stops_what_depends_on_it_and_nothing_else(session, clone) -> None:
    journal: list[str] = []
    groups = opened(
        Example("broken", journal, error=BootstrapError("no such compiler")),
        Example("dependent", journal, ("broken",)),
        Example("far", journal, ("dependent",)),
        Example("independent", journal),
    )

    failed = install_all(session, groups, at_once=1)

    assert {name: str(error) for name, error in failed.items()} == {
        "broken": "no such compiler",
        "dependent": "not tried, since it needs broken",
        "far": "not tried, since it needs dependent",
    }
    assert "-independent" in journal
    assert any("broken: FAILED after" in line and line.endswith("s: no such compiler") for line in clone.lines)


def test_a_file_error_is_put_into_words(session) -> None:
    group = Example("full", [], error=OSError(28, "No space left on device", "/x/y"))

    failed = install_all(session, opened(group), at_once=1)

    assert str(failed["full"]) == "/x/y: No space left on device"
    assert isinstance(failed["full"], BootstrapError)


def test_a_stop_ends_the_wait(session) -> None:
    group = Example("endless", [])
    threading.Timer(0.2, session.children.end_all).start()

    with pytest.raises(CancelledError):
        install_all(session, [group], at_once=1)
    opened(group)


def test_never_more_jobs_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    alone = jobs()
    monkeypatch.setattr("os.cpu_count", lambda: 64)

    assert (alone, jobs()) == (1, 2)
