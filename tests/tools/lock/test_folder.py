"""A folder of locks that stayed empty is removed, and whoever waits for it starts with a new one."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tools.lock.support import Site
from tools.bootstrap.lock import locked
from tools.lock import LockError
from tools.paths import ROOT

MAKE = """
import pathlib, sys
from tests.tools.lock.support import Site
print(len(Site(pathlib.Path(sys.argv[1])).make().changed))
"""


def test_a_first_failure_leaves_no_folder(site: Site) -> None:
    site.environment("science", "old-science")
    site.layers(base=["python", "pip", "tool >=9"])

    with pytest.raises(LockError):
        site.make()

    assert not site.locks.exists()


def test_locks_made_before_the_failure_are_kept(site: Site) -> None:
    site.environment("science", "old-science")

    with pytest.raises(LockError):
        site.make()

    assert "base-py310" in site.index()["layers"]


def test_whoever_waited_while_the_folder_was_removed_makes_the_locks(site: Site) -> None:
    lock = site.locks / ".lock"
    with locked(lock, print):
        command = [sys.executable, "-c", MAKE, str(site.folder)]
        waiting = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            while not _opened(waiting.pid, lock):
                assert waiting.poll() is None, "it did not wait"
                time.sleep(0.05)
            lock.unlink()
            site.locks.rmdir()
        except BaseException:
            waiting.kill()
            waiting.communicate()
            raise
    out, _ = waiting.communicate(timeout=120)

    assert (waiting.returncode, out) == (0, "4\n")
    assert lock.is_file()
    assert "default" in site.index()["layers"]


def _opened(pid: int, path: Path) -> bool:
    """Whether a process has a file open."""
    try:
        return any(link.readlink() == path for link in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        return False
