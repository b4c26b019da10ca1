"""Installs groups side by side, each after what it requires."""

import os
import queue
import threading
from collections.abc import Sequence

from tools.bootstrap.errors import BootstrapError, CancelledError
from tools.bootstrap.groups import Group
from tools.bootstrap.session import Session, Task

# More than two compete for memory: linking alone takes gigabytes.
_MOST_JOBS = 2


def jobs() -> int:
    """Return how many groups are installed at a time."""
    return max(1, min(_MOST_JOBS, os.cpu_count() or 1))


def install_all(session: Session, groups: Sequence[Group], at_once: int | None = None) -> dict[str, BaseException]:
    """Install groups; return the error of each that failed. Those that depend on a failed one are left out.

    Runs until every group is done, failed or skipped; `session.children.end_all()` ends it early.
    """
    at_once = at_once or jobs()
    waiting = {group.name: group for group in groups}
    done: set[str] = {name for group in groups for name in group.requires if name not in waiting}
    failed: dict[str, BaseException] = {}
    results: queue.Queue[tuple[str, BaseException | None]] = queue.Queue()
    running = 0
    while waiting or running:
        for name, group in list(waiting.items()):
            broken = [required for required in group.requires if required in failed]
            if broken:
                failed[name] = BootstrapError(f"not tried, since it needs {' and '.join(broken)}")
                del waiting[name]
            elif running < at_once and done.issuperset(group.requires):
                del waiting[name]
                running += 1
                # Daemon threads: after an interrupt nobody waits for a name look-up to return.
                thread = threading.Thread(target=_install, args=(session, group, results), daemon=True)
                session.threads.append(thread)
                thread.start()
        if running:
            name, error = _next(results, session)
            running -= 1
            if error is None:
                done.add(name)
            else:
                failed[name] = error
    return failed


def _next(
    results: "queue.Queue[tuple[str, BaseException | None]]", session: Session
) -> tuple[str, BaseException | None]:
    while True:
        session.children.check()
        try:
            # With a time-out, since signals are not handled during an endless wait on every system.
            return results.get(timeout=0.5)
        except queue.Empty:
            continue


def _install(session: Session, group: Group, results: "queue.Queue[tuple[str, BaseException | None]]") -> None:
    session.progress.started(group.name)
    task = Task(session, group.name)
    try:
        task.log.unlink(missing_ok=True)  # a log is about one run
        outcome = group.install(task)
    except CancelledError as error:
        results.put((group.name, error))
    except BootstrapError as error:
        session.progress.finished(group.name, str(error), failed=True)
        results.put((group.name, error))
    except OSError as error:
        wrapped = BootstrapError(f"{error.filename or 'a file'}: {error.strerror or error}")
        session.progress.finished(group.name, str(wrapped), failed=True)
        results.put((group.name, wrapped))
    except BaseException as error:  # must reach the main thread, or it would wait for ever
        results.put((group.name, error))
    else:
        session.progress.finished(group.name, outcome)
        results.put((group.name, None))
