"""A small client for a cluster's API, and objects to create with it."""

import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.cluster import api, components
from tools.cluster.layout import Layout
from tools.cluster.plan import ADMINISTRATOR, Plan
from tools.cluster.record import Record

NAMESPACES = "/api/v1/namespaces"
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


def supervisor_of(directory: Path) -> int:
    record = Record.read(Layout.of(directory))
    assert record is not None
    assert record.supervisor is not None
    return record.supervisor.pid


def pids(status) -> dict[str, int]:
    return {component.name: component.pid for component in status.components}


def fake_binaries(directory: Path, binaries: Path, **programs: str) -> Path:
    """A directory of the real programs, some of them replaced by shell scripts."""
    directory.mkdir()
    for name in components.NAMES:
        if name in programs:
            (directory / name).write_text(f"#!/bin/sh\n{programs[name]}\n")
            (directory / name).chmod(0o755)
        else:
            (directory / name).symlink_to((binaries / name).absolute())
    return directory
