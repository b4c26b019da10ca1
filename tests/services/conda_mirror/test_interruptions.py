"""Full disks, syncs at the same time, and syncs that are killed."""

import hashlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.check import verify
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.steps import two_configurations
from tests.services.conda_mirror.support import (
    PATIENCE,
    Upstream,
    WebServer,
    eventually,
    get,
    names,
    run,
    serving,
    start,
    sync,
)

BIG = "big-1.0-0.conda"


class _Gate:
    """Holds an upstream's answer for the big package in its middle until it is opened."""

    def __init__(self, upstream: Upstream, web: WebServer) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self._content = upstream.package("big", subdir="linux-64").read_bytes()
        self.sha256 = hashlib.sha256(self._content).hexdigest()
        self.half = len(self._content) // 2
        web.before = self._hold

    def _hold(self, handler: Any) -> bool:
        if not handler.path.endswith(BIG) or self.reached.is_set():
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(self._content)))
        handler.end_headers()
        handler.wfile.write(self._content[: self.half])
        handler.wfile.flush()
        self.reached.set()
        self.opened.wait(PATIENCE)
        handler.wfile.write(self._content[self.half :])
        return True


@pytest.fixture
def gate(upstream: Upstream, web: WebServer) -> Iterator[_Gate]:
    one = _Gate(upstream, web)
    yield one
    one.opened.set()


def test_a_second_sync_says_who_is_at_it(upstream: Upstream, gate: _Gate, root: Path, tmp_path: Path) -> None:
    small, large = two_configurations(upstream, tmp_path)
    with start("sync", "--config", large.path, "--root", root) as first:
        assert gate.reached.wait(PATIENCE)

        second = run("sync", "--config", small.path, "--root", root)

        assert second.returncode == 1
        assert f"is being written by: sync (process {first.pid} on " in second.stderr
        gate.opened.set()
        assert first.wait(PATIENCE) == 0
    assert BIG in names(root, "linux-64")


def test_a_second_sync_can_wait(upstream: Upstream, gate: _Gate, root: Path, tmp_path: Path) -> None:
    small, large = two_configurations(upstream, tmp_path)
    with start("sync", "--config", large.path, "--root", root) as first:
        assert gate.reached.wait(PATIENCE)
        with start("sync", "--config", small.path, "--root", root, "--wait", "10m") as second:
            assert second.stderr is not None
            assert "waiting for: sync (process" in second.stderr.readline()
            gate.opened.set()
            assert first.wait(PATIENCE) == 0
            assert second.wait(PATIENCE) == 0
    assert len(Snapshots(root).identifiers()) == 2
    assert names(root, "linux-64") == set()


def test_a_sync_that_is_killed_is_gone_on_with(
    upstream: Upstream, web: WebServer, gate: _Gate, root: Path, tmp_path: Path
) -> None:
    small, large = two_configurations(upstream, tmp_path)
    first = sync(root, small)
    with start("sync", "--config", large.path, "--root", root) as killed:
        assert gate.reached.wait(PATIENCE)
        part = root / "incoming" / f"{gate.sha256}.part"
        eventually(lambda: part.exists() and part.stat().st_size > 0, "a part of the package is written")
        killed.send_signal(signal.SIGKILL)
        killed.wait(PATIENCE)
    assert Snapshots(root).latest() == first.snapshot
    assert verify(root)[1] == []

    summary = sync(root, large)

    assert summary.changed
    assert BIG in names(root, "linux-64")
    ranges = [request.headers.get("range") for request in web.seen if request.path.endswith(BIG)]
    assert ranges[0] is None
    assert ranges[1] is not None
    assert ranges[1].startswith("bytes=")
    assert verify(root)[1] == []
    assert not list((root / "incoming").glob("*.part"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sync_that_is_stopped_says_so(
    number: signal.Signals, upstream: Upstream, gate: _Gate, root: Path, tmp_path: Path
) -> None:
    small, large = two_configurations(upstream, tmp_path)
    first = sync(root, small)
    with start("sync", "--config", large.path, "--root", root) as process:
        assert gate.reached.wait(PATIENCE)
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert "interrupted; the current snapshot is unchanged" in errors
    assert "Traceback" not in errors
    assert Snapshots(root).identifiers() == [first.snapshot]


@pytest.mark.parametrize("moment", ["staged", "published"])
def test_what_a_killed_sync_left_half_done_is_cleared_or_finished(
    moment: str, upstream: Upstream, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = two_configurations(upstream, tmp_path)
    first = sync(root, small)

    class Killed(BaseException):
        """As sudden as a signal: nothing of ours catches it."""

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "staged":
            patch.setattr("pathlib.Path.rename", die)
        else:
            patch.setattr("services.conda_mirror.snapshots.Snapshots.point", die)
        with pytest.raises(Killed):
            sync(root, large)
    assert Snapshots(root).latest() == first.snapshot
    assert len(Snapshots(root).identifiers()) == (1 if moment == "staged" else 2)

    second = sync(root, large)

    assert Snapshots(root).latest() == second.snapshot
    assert Snapshots(root).identifiers() == [first.snapshot, second.snapshot]
    assert list((root / "staging").iterdir()) == []
    assert verify(root)[1] == []


def test_clients_see_whole_snapshots_only(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    """Syncs go back and forth and are killed at random, while a client reads the channel as clients do."""
    small, large = two_configurations(upstream, tmp_path)
    sync(root, small)
    problems: list[str] = []
    rounds = 0
    stop = threading.Event()

    def client(base: str) -> None:
        nonlocal rounds
        import json

        while not stop.is_set():
            for subdir in ("noarch", "linux-64"):
                folder = f"{base}/latest/main/{subdir}"
                index = get(f"{folder}/repodata.json")
                if index.status != 200:
                    problems.append(f"{subdir}: {index.status}")
                    continue
                for name, record in json.loads(index.body)["packages.conda"].items():
                    package = get(f"{folder}/{name}")
                    if package.status != 200 or len(package.body) != record["size"]:
                        problems.append(f"{name}: {package.status}")
            rounds += 1

    with serving("serve", "--root", root) as (base, _):
        thread = threading.Thread(target=client, args=(base,))
        thread.start()
        try:
            for number in range(6):
                configuration = (large, small)[number % 2]
                with start("sync", "--config", configuration.path, "--root", root) as process:
                    if number % 3 == 2:
                        eventually(lambda: (root / ".lock").stat().st_size, "it is at work")
                        process.kill()
                    process.wait(PATIENCE)
            eventually(lambda: rounds > 2 or problems, "the client went round a few times")
        finally:
            stop.set()
            thread.join()
    assert problems == []
    assert len(Snapshots(root).identifiers()) > 2
