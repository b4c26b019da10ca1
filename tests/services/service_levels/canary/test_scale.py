"""Waking and putting to sleep, where the API server does not always answer."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from services.api_server import ApiError
from services.service_levels.canary import cycle
from services.service_levels.kubernetes import Api


class Server(Api):
    """Takes a change only after some failures; the pod is there as long as it is to be."""

    def __init__(self, *failures: int) -> None:
        super().__init__("https://127.0.0.1:1")
        self.failures = list(failures)
        self.replicas = 1

    async def merge(self, path: str, patch: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        if self.failures:
            raise ApiError("it failed", self.failures.pop(0))
        self.replicas = patch["spec"]["replicas"]
        return dict(patch)

    async def find(self, path: str) -> dict[str, Any] | None:  # noqa: ARG002
        return {"status": {"conditions": [{"type": "Ready", "status": "True"}]}} if self.replicas else None


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(cycle, "POLL_SECONDS", 0.001)


def test_a_round_outlives_lost_connections_and_a_server_that_is_busy():
    server, works = Server(0, 503, 429), {}

    times = asyncio.run(cycle.run(server, cycle.Canary(), works, 10))

    assert set(times.steps) == {"wake", "sleep"}
    assert server.replicas == 0
    assert server.failures == []


def test_a_lost_connection_does_not_leave_it_awake():
    server = Server()

    async def lose() -> None:
        server.failures = [0, 0]

    asyncio.run(cycle.run(server, cycle.Canary(), {"work": lose}, 10))

    assert server.replicas == 0


@pytest.mark.parametrize("status", [403, 404, 409, 422])
def test_a_refusal_is_told_at_once(status):
    server = Server(status)

    with pytest.raises(ApiError, match="it failed"):
        asyncio.run(cycle.run(server, cycle.Canary(), {}, 10))

    assert server.failures == []


def test_it_does_not_try_for_ever(monkeypatch):
    monkeypatch.setattr(cycle, "SCALE_SECONDS", 0.01)
    server = Server(*[0] * 10_000)

    with pytest.raises(ApiError, match="it failed"):
        asyncio.run(cycle.run(server, cycle.Canary(), {}, 10))

    assert server.failures
