import http.client
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import paths
from tools.cluster import Cluster, api
from tools.cluster.layout import Layout
from tools.cluster.plan import ADMINISTRATOR, Plan

PATIENCE = 120.0  # seconds; only so that a broken cluster does not hang the tests


def eventually(what: str, check: Callable[[], object], seconds: float = PATIENCE):
    """Returns the first true value of a check; fails with the last false one."""
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not so within {seconds:.0f} s, but {value!r}")
        time.sleep(0.1)


class Kube:
    """Plain requests to a cluster's API, as one of its identities."""

    def __init__(self, directory: Path, identity: str = ADMINISTRATOR):
        layout = Layout.of(directory)
        planned = Plan.read(layout)
        assert planned is not None
        self.port = planned.ports["kube-apiserver"]
        self._context = api.client_context(
            layout.pki / "cluster-authority.crt", layout.pki / f"{identity}.crt", layout.pki / f"{identity}.key"
        )

    def request(self, method: str, path: str, body: object = None, kind: str = "application/json") -> tuple[int, dict]:
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self._context, timeout=30)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": kind} if content else {})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return response.status, json.loads(text) if text.startswith("{") else {"text": text}

    def get(self, path: str) -> dict | None:
        status, value = self.request("GET", path)
        return value if status == 200 else None

    def create(self, path: str, value: dict) -> dict:
        status, answer = self.request("POST", path, value)
        assert status == 201, answer
        return answer

    def patch(self, path: str, value: dict) -> dict:
        status, answer = self.request("PATCH", path, value, "application/merge-patch+json")
        assert status == 200, answer
        return answer

    def delete(self, path: str) -> None:
        status, answer = self.request("DELETE", path)
        assert status in (200, 202), answer


@pytest.fixture(scope="session")
def binaries() -> Path:
    return Path(os.environ.get("SLATE_BINARIES") or paths.BIN)


@pytest.fixture(scope="session")
def until():
    return eventually


@pytest.fixture(scope="session")
def connect():
    return Kube


@pytest.fixture(scope="session")
def processes_of():
    def find(directory: Path) -> dict[int, str]:
        """The processes that have the directory in their command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    command = (entry / "cmdline").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                if str(directory) in command:
                    found[int(entry.name)] = command
        return found

    return find


@pytest.fixture(scope="module")
def shared(tmp_path_factory, binaries) -> Iterator[tuple[Cluster, Path]]:
    """One running cluster for all tests of a module."""
    directory = tmp_path_factory.mktemp("shared") / "cluster"
    cluster = Cluster(directory, binaries)
    cluster.up(report=lambda _: None)
    try:
        yield cluster, directory
    finally:
        cluster.down()


@pytest.fixture
def own(tmp_path, binaries) -> Iterator[tuple[Cluster, Path]]:
    """A cluster of a test's own, not started, and ended after the test."""
    directory = tmp_path / "cluster"
    cluster = Cluster(directory, binaries)
    try:
        yield cluster, directory
    finally:
        cluster.down()
