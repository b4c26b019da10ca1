import os
import stat
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.cluster import files

HOLDER = """
import sys, time
from pathlib import Path
from tools.cluster.files import try_lock
print(try_lock(Path(sys.argv[1])), flush=True)
time.sleep(600)
"""


def test_a_file_is_replaced_at_once_with_its_mode_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "secret"

    files.write_atomically(path, "one")
    files.write_atomically(path, "two")

    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    files.write_atomically(path, "one")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))

    with pytest.raises(OSError, match="disk full"):
        files.write_atomically(path, "two")

    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


@given(st.binary())
def test_a_damaged_file_reads_as_empty(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("json") / "file"
    path.write_bytes(content)

    value = files.read_json(path)

    assert isinstance(value, dict)


def test_a_missing_file_reads_as_empty(tmp_path):
    assert files.read_json(tmp_path / "none") == {}


def test_a_lock_is_held_by_one_process_and_freed_by_its_death(tmp_path):
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip().isdigit()
        assert files.try_lock(path) is None
    finally:
        holder.kill()
        holder.communicate()

    descriptor = files.try_lock(path)
    assert descriptor is not None
    os.close(descriptor)


def test_waiting_is_told_once_and_ends_when_the_lock_is_free(tmp_path):
    path, told = tmp_path / "lock", []
    descriptor = files.try_lock(path)
    assert descriptor is not None
    release = threading.Timer(0.5, os.close, (descriptor,))
    release.start()

    with files.lock(path, lambda: told.append("waiting"), lambda: None):
        assert files.try_lock(path) is None

    release.join()
    assert told == ["waiting"]


def test_a_lock_whose_directory_is_removed_meanwhile_is_made_anew(tmp_path):
    directory = tmp_path / "cluster"
    path = directory / "lock"
    directory.mkdir()
    descriptor = files.try_lock(path)
    assert descriptor is not None

    def remove():
        directory.rename(tmp_path / "removed")  # at once: whoever waits makes a lock anew as soon as this one is gone
        os.close(descriptor)

    removal = threading.Timer(0.3, remove)
    removal.start()
    with files.lock(path, lambda: None, lambda: directory.mkdir(exist_ok=True)):
        removal.join()
        assert path.exists()
        assert files.try_lock(path) is None
