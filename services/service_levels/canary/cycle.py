"""One round of the canary: sleep, wake, work, sleep."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from services.api_server import ApiError
from services.service_levels.errors import ServiceLevelsError
from services.service_levels.kubernetes import Api, Object
from services.service_levels.remediator.facts import condition

POLL_SECONDS = 0.5
ASLEEP_SECONDS = 180.0
"""Longest time until a pod is gone: it may take its grace period of a minute."""
SCALE_SECONDS = 15.0
"""Time in which the API server has to take it; less than the time that a pod has for its end."""
TOO_MANY, SERVER_ERROR = 429, 500

Work = Callable[[], Awaitable[None]]


class CanaryError(ServiceLevelsError):
    """A step of the canary failed; the message says which, and what is known."""


@dataclass(frozen=True)
class Canary:
    """The workspace.

    Attributes:
        namespace: Its namespace.
        name: Of its StatefulSet.
    """

    namespace: str = "slate-canary"
    name: str = "canary"

    @property
    def scale(self) -> str:
        """Path of what is changed to wake it and to put it to sleep."""
        return f"/apis/apps/v1/namespaces/{self.namespace}/statefulsets/{self.name}/scale"

    @property
    def pod(self) -> str:
        """Path of its pod."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}-0"


@dataclass
class Times:
    """Seconds that each step took, in their order."""

    steps: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step; one that fails is not noted."""
        began = time.monotonic()
        yield
        self.steps[name] = time.monotonic() - began

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.steps.items())


async def run(api: Api, canary: Canary, works: dict[str, Work], deadline_seconds: float) -> Times:
    """Go through one round. Whatever happens in between, the workspace is asleep afterwards.

    Args:
        api: The API server.
        canary: The workspace.
        works: What is done in it, by name.
        deadline_seconds: Time that the start may take.

    Returns:
        What each step took.

    Raises:
        CanaryError: A step failed.
        ApiError: The API server does not answer, or does not allow it.
    """
    times = Times()
    await _sleep(api, canary)  # a round that was killed may have left it awake: this one is to be a start, too
    try:
        with times.step("wake"):
            await _scale(api, canary, 1)
            await _until(lambda: _is_ready(api, canary), deadline_seconds, f"{canary.name} is not ready", api, canary)
        for name, work in works.items():
            with times.step(name):
                await work()
    finally:
        # Also when this program is told to end, which must not cut it short.
        await asyncio.shield(_scale(api, canary, 0))
    with times.step("sleep"):
        await _gone(api, canary)
    return times


async def _sleep(api: Api, canary: Canary) -> None:
    await _scale(api, canary, 0)
    await _gone(api, canary)


async def _gone(api: Api, canary: Canary) -> None:
    await _until(lambda: _is_gone(api, canary), ASLEEP_SECONDS, f"the pod of {canary.name} does not end", api, canary)


async def _scale(api: Api, canary: Canary, replicas: int) -> None:
    """Wake it or put it to sleep; a lost connection must not leave it awake, and to ask twice does no harm."""
    end = time.monotonic() + SCALE_SECONDS
    while True:
        try:
            await api.merge(canary.scale, {"spec": {"replicas": replicas}})
            return
        except ApiError as error:
            passing = error.status in (0, TOO_MANY) or error.status >= SERVER_ERROR
            if not passing or time.monotonic() > end:
                raise
        await asyncio.sleep(POLL_SECONDS)


async def _is_ready(api: Api, canary: Canary) -> bool:
    return condition(await api.find(canary.pod), "Ready").get("status") == "True"


async def _is_gone(api: Api, canary: Canary) -> bool:
    return await api.find(canary.pod) is None


async def _until(check: Callable[[], Awaitable[bool]], seconds: float, what: str, api: Api, canary: Canary) -> None:
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(ApiError):  # an API server that is being updated; the deadline ends this
            if await check():
                return
        if time.monotonic() > end:
            raise CanaryError(f"{what} after {seconds:.0f} s: {_state(await api.find(canary.pod))}")
        await asyncio.sleep(POLL_SECONDS)


def _state(pod: Object | None) -> str:
    """What a pod says of itself, in a few words."""
    if pod is None:
        return "there is no pod (a quota, or an admission rule?)"
    status = pod.get("status") or {}
    parts = [f"phase {status.get('phase')}"]
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        parts.append(f"not scheduled: {scheduled.get('message')}")
    for container in status.get("containerStatuses") or ():
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting:
            parts.append(f"{container['name']} waits: {waiting.get('reason')} {waiting.get('message') or ''}".strip())
    return "; ".join(parts)
