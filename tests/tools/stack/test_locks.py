import json
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stack import locks
from tools.stack.locks import Owner


@pytest.fixture
def write(tmp_path):
    directory = tmp_path / ".pulumi" / "locks" / "organization" / "slate" / "dev"
    directory.mkdir(parents=True)

    def write_lock(pid, *, host=None, taken=None, name="lock"):
        path = directory / f"{name}.json"
        moment = taken or datetime.now(UTC)
        content = {
            "pid": pid,
            "username": "someone",
            "hostname": host or socket.gethostname(),
            "timestamp": moment.isoformat(),
        }
        path.write_text(json.dumps(content))
        path.with_name(f"{name}.json.attrs").write_text("{}")
        return path

    write_lock.backend = tmp_path
    write_lock.directory = directory
    return write_lock


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def owners(write):
    return [lock.owner for lock in locks.read_locks(write.backend, "slate", "dev")]


def test_the_lock_of_a_live_process_is_alive(write, sleeper):
    write(sleeper.pid)

    assert owners(write) == [Owner.ALIVE]


def test_the_lock_of_a_killed_process_is_dead(write, sleeper):
    write(sleeper.pid)
    sleeper.kill()
    sleeper.wait()

    assert owners(write) == [Owner.DEAD]


def test_a_killed_process_that_nobody_has_reaped_yet_is_dead(write, sleeper):
    write(sleeper.pid)
    sleeper.kill()
    deadline = time.monotonic() + 30
    while owners(write) != [Owner.DEAD] and time.monotonic() < deadline:
        time.sleep(0.01)

    assert owners(write) == [Owner.DEAD]


def test_a_process_that_started_after_the_lock_was_taken_is_not_its_owner(write, sleeper):
    write(sleeper.pid, taken=datetime.now(UTC) - timedelta(hours=1))

    assert owners(write) == [Owner.DEAD]


def test_a_lock_of_another_machine_is_left_alone(write):
    write(1, host="some-other-machine")

    assert owners(write) == [Owner.ELSEWHERE]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"pid": "x"}', '{"pid": 1, "hostname": "h", "timestamp": 3}']
)
def test_what_is_not_a_lock_is_unreadable(write, content):
    (write.directory / "odd.json").write_text(content)

    assert owners(write) == [Owner.UNREADABLE]


@settings(deadline=None)
@given(st.text())
def test_no_content_gives_an_error(tmp_path_factory, text):
    backend = tmp_path_factory.mktemp("backend")
    directory = backend / ".pulumi" / "locks" / "organization" / "slate" / "dev"
    directory.mkdir(parents=True)
    (directory / "x.json").write_text(text, encoding="utf-8", errors="surrogatepass")

    (lock,) = locks.read_locks(backend, "slate", "dev")

    assert lock.owner in (Owner.UNREADABLE, Owner.DEAD, Owner.ELSEWHERE)


def test_go_timestamps_with_nanoseconds_are_understood(write, sleeper):
    path = write(sleeper.pid)
    content = json.loads(path.read_text())
    content["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".123456789Z"
    path.write_text(json.dumps(content))

    assert owners(write) == [Owner.ALIVE]


def test_removing_a_lock_removes_just_that_one(write):
    write(1, host="other", name="a")
    write(2, host="other", name="b")

    locks.read_locks(write.backend, "slate", "dev")[0].remove()

    assert sorted(path.name for path in write.directory.iterdir()) == ["b.json", "b.json.attrs"]


def test_there_are_no_locks_where_there_is_no_directory(tmp_path):
    assert locks.read_locks(tmp_path, "slate", "dev") == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///var/state", "/var/state"),
        ("file:///var/my%20state", "/var/my state"),
        ("file://state", "/clone/state"),
        ("file://./state", "/clone/state"),
        ("file:///var/state?no_tmp_dir=true", "/var/state"),
        ("s3://bucket/path", None),
        ("https://api.example", None),
        ("", None),
    ],
)
def test_the_directory_of_a_file_backend(tmp_path, url, expected):
    found = locks.local_backend(url, tmp_path.__class__("/clone"))

    assert (str(found) if found else None) == expected
