"""Makes sure that tools are there: a quick look first, then whatever is missing, under the clone's lock."""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups import Group, select
from tools.bootstrap.lock import locked
from tools.bootstrap.progress import Progress, duration
from tools.bootstrap.scheduler import install_all
from tools.bootstrap.session import Session
from tools.bootstrap.workplace import Workplace

# What the threads of groups have to do after an interrupt: remove their temporary files.
_CLEANUP_SECONDS = 3.0


def ensure(names: Sequence[str] = (), place: Workplace | None = None, progress: Progress | None = None) -> None:
    """Install the named groups, by default all that `make up` and `make test` need.

    Args:
        names: groups, see `groups.DEFAULT`.
        place: the clone.
        progress: where to say what happens; standard output by default.

    Raises:
        BootstrapError: a group could not be installed; each failure was printed already.
        KeyboardInterrupt: the run was interrupted; nothing half-written is left.
    """
    began = time.monotonic()
    session = Session.open(place or Workplace(), progress)
    say = session.progress.say
    groups = select(session.place, list(names))
    if not _pending(session.place, groups):
        say(f"Tools are ready (looked at {len(groups)} groups in {duration(time.monotonic() - began)}).")
        return
    # In this order: the lock is given back only after every child has ended.
    with locked(session.place.slate / "bootstrap.lock", say), interruptible(session):
        _install(session, groups, began)


def _pending(place: Workplace, groups: Sequence[Group]) -> list[Group]:
    """Return the groups that are not ready, and those that follow a choice which is about to be made anew."""
    pending: dict[str, Group] = {}
    for group in groups:  # in order: a group comes after what it requires
        if not pending.keys().isdisjoint(group.requires) or not group.ready(place):
            pending[group.name] = group
    return list(pending.values())


def _install(session: Session, groups: Sequence[Group], began: float) -> None:
    place = session.place
    # Looked at again, since another bootstrap may have done the work while we waited for it.
    pending = _pending(place, groups)
    _remove_leftovers(place)
    if pending:
        listed = ", ".join(f"{group.name} ({group.summary})" for group in pending)
        session.progress.say(f"Installing {len(pending)} of {len(groups)} groups of tools into {place.slate}: {listed}")
        session.hosts.start({host for group in pending for host in group.hosts()})
        session.progress.begin(len(pending))
        failed = install_all(session, pending)
        session.progress.end()
        for error in failed.values():
            if not isinstance(error, BootstrapError):
                raise error
        if failed:
            raise BootstrapError(
                f"Not installed: {', '.join(failed)}. See above; logs are in {place.logs}. "
                "What was done stays done, the next run goes on from here."
            )
    session.progress.say(f"Tools are ready after {duration(time.monotonic() - began)}.")


def _remove_leftovers(place: Workplace) -> None:
    """Remove temporary files of runs that were killed; nobody else writes here while we hold the lock."""
    for folder in (place.bin, place.slate / "downloads"):
        for path in folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)


@contextmanager
def interruptible(session: Session) -> Iterator[None]:
    """End every child when the body ends, however it ends; SIGTERM and SIGHUP count like Ctrl-C."""

    def interrupt(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(number)

    # Python lets only the main thread handle signals; elsewhere the caller's handling stays as it is.
    main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGTERM, signal.SIGHUP) if main else ()
    old = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        if main:  # a second Ctrl-C must not stop the cleaning up
            old[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
        session.children.end_all()
        session.join(_CLEANUP_SECONDS)
        session.progress.end()
        for number, handler in old.items():
            signal.signal(number, handler)
