"""Faults that are really made, and what each is to be counted as: the ledger that the rules are held against."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.tools.cluster.stages.objects import FAULT, READY_AFTER, is_ready
from tests.tools.observability import support

OUTCOMES = ("recovered", "silent", "assisted", "escalated", "abandoned")
WORKSPACE = "w"
Scenario = Callable[["Scene"], Iterator[float]]


@dataclass
class Scene:
    """One project with one workspace, to which things are done.

    Attributes:
        kube: The cluster's API.
        namespace: The project's.
        pool: The pool whose node the workspace runs on.
        deadline: Seconds until a start counts as failed.
        limit: Seconds until an outage counts as not healed.
        interval: Seconds between two looks at the cluster.
    """

    kube: Any
    namespace: str
    pool: str
    deadline: float
    limit: float
    interval: float

    @property
    def path(self) -> str:
        """The workspace's StatefulSet."""
        return support.workspaces_at(self.namespace, WORKSPACE)

    @property
    def pod(self) -> str:
        """The workspace's pod."""
        return support.pod_of(self.namespace, WORKSPACE)

    def create(self, fault: str = "", ready_after: float = 0) -> None:
        """Makes the workspace."""
        labels = {FAULT: fault} if fault else {}
        annotations = {READY_AFTER: f"{ready_after:.0f}s"} if ready_after else {}
        made = support.workspace(WORKSPACE, self.pool, labels, annotations)
        self.kube.create(support.workspaces_at(self.namespace), made)

    def scale(self, replicas: int) -> None:
        """Wakes the workspace or puts it to sleep."""
        self.kube.patch(f"{self.path}/scale", {"spec": {"replicas": replicas}})

    def fault(self, fault: str | None) -> None:
        """Breaks the running pod, or repairs it."""
        self.kube.patch(self.pod, {"metadata": {"labels": {FAULT: fault}}})

    def ready(self) -> bool:
        """Whether the pod is ready."""
        return bool(is_ready(self.kube.get(self.pod)))

    def until(self, condition: Callable[[], bool]) -> Iterator[float]:
        """Waits until something is so."""
        while not condition():
            yield 0.2

    def running(self) -> Iterator[float]:
        """Waits until the workspace is ready and has been seen so."""
        yield from self.until(self.ready)
        yield 3 * self.interval

    def down(self, seconds: float) -> Iterator[float]:
        """Waits until the workspace is not ready, and as long as it is to be so."""
        yield from self.until(lambda: not self.ready())
        yield seconds


@dataclass(frozen=True)
class Case:
    """A scenario, and what has to be counted: nothing that is not named.

    Attributes:
        act: What is done.
        starts: good and failed starts.
        outcomes: Outages by outcome.
        pool: Whose node the workspace runs on.
    """

    act: Scenario
    starts: Mapping[str, int]
    outcomes: Mapping[str, int] = field(default_factory=dict)
    pool: str = "sound"


def _starts_in_time(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()


def _starts_late(scene: Scene) -> Iterator[float]:
    scene.create(ready_after=scene.deadline + 4 * scene.interval)
    yield from scene.running()


def _crashes_while_it_starts(scene: Scene) -> Iterator[float]:
    scene.create(fault="crash")
    yield scene.deadline


def _finds_no_image(scene: Scene) -> Iterator[float]:
    scene.create(fault="image")
    yield scene.deadline


def _finds_no_node(scene: Scene) -> Iterator[float]:
    scene.create()  # its pool has no node
    yield scene.deadline


def _is_called_off(scene: Scene) -> Iterator[float]:
    scene.create(ready_after=600)
    yield scene.interval
    scene.scale(0)


def _sleeps_and_wakes(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    scene.scale(0)
    yield 4 * scene.interval
    scene.scale(1)
    yield from scene.running()


def _crashes_and_recovers(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    scene.fault("crash")
    yield from scene.down(4 * scene.interval)
    scene.fault(None)
    yield from scene.running()


def _keeps_crashing(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    scene.fault("crash")
    yield from scene.down(scene.limit + 4 * scene.interval)
    scene.fault(None)
    yield from scene.running()


def _goes_down_twice(scene: Scene) -> Iterator[float]:
    yield from _crashes_and_recovers(scene)
    scene.fault("unready")
    yield from scene.down(4 * scene.interval)
    scene.fault(None)
    yield from scene.running()


def _restarts_unseen(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    statuses = scene.kube.get(scene.pod)["status"]["containerStatuses"]
    statuses[0]["restartCount"] += 1
    scene.kube.patch(f"{scene.pod}/status", {"status": {"containerStatuses": statuses}})
    yield 2 * scene.interval


def _loses_its_pod(scene: Scene) -> Iterator[float]:
    scene.create(ready_after=4 * scene.interval)
    yield from scene.running()
    scene.kube.delete(f"{scene.pod}?gracePeriodSeconds=0")
    yield from scene.down(0)
    yield from scene.running()


def _is_repaired_by_hand(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    scene.fault("unready")
    yield from scene.down(3 * scene.interval)
    scene.kube.patch(scene.path, {"spec": {"template": {"metadata": {"annotations": {"by": "hand"}}}}})
    yield 2 * scene.interval
    scene.fault(None)
    yield from scene.running()


def _is_deleted_while_down(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    scene.fault("unready")
    yield from scene.down(4 * scene.interval)
    scene.kube.delete(scene.path)
    yield 2 * scene.interval


def _is_switched_off_while_down(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    scene.fault("unready")
    yield from scene.down(4 * scene.interval)
    scene.scale(0)
    yield 2 * scene.interval


def _loses_its_node_for_a_while(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    node = f"{support.NODES}/{scene.pool}"
    scene.kube.patch(node, {"metadata": {"labels": {FAULT: "lost"}}})
    yield from scene.down(3 * scene.interval)
    scene.kube.patch(node, {"metadata": {"labels": {FAULT: None}}})
    yield from scene.running()


def _loses_its_node_for_good(scene: Scene) -> Iterator[float]:
    scene.create()
    yield from scene.running()
    scene.kube.patch(f"{support.NODES}/{scene.pool}", {"metadata": {"labels": {FAULT: "lost"}}})
    yield from scene.down(scene.limit + 4 * scene.interval)


GOOD, FAILED = {"good": 1}, {"failed": 1}
CASES: dict[str, Case] = {
    "in-time": Case(_starts_in_time, GOOD),
    "late": Case(_starts_late, FAILED),
    "crash-at-start": Case(_crashes_while_it_starts, FAILED),
    "no-image": Case(_finds_no_image, FAILED),
    "no-node": Case(_finds_no_node, FAILED, pool="nowhere"),
    "called-off": Case(_is_called_off, {}),
    "sleep-and-wake": Case(_sleeps_and_wakes, {"good": 2}),
    "crash": Case(_crashes_and_recovers, GOOD, {"recovered": 1}),
    "crash-loop": Case(_keeps_crashing, GOOD, {"escalated": 1}),
    "twice": Case(_goes_down_twice, GOOD, {"recovered": 2}),
    "unseen": Case(_restarts_unseen, GOOD, {"silent": 1}),
    "pod-lost": Case(_loses_its_pod, {"good": 2}, {"recovered": 1}),
    "by-hand": Case(_is_repaired_by_hand, GOOD, {"assisted": 1}),
    "deleted": Case(_is_deleted_while_down, GOOD, {"abandoned": 1}),
    "switched-off": Case(_is_switched_off_while_down, GOOD, {"abandoned": 1}),
    "node-lost": Case(_loses_its_node_for_a_while, GOOD, {"recovered": 1}, pool="shaky"),
    "node-gone": Case(_loses_its_node_for_good, GOOD, {"escalated": 1}, pool="dying"),
}
"""Every fault by the name of its project."""


def play(scenes: Mapping[str, Scene], patience: float) -> None:
    """Plays all scenarios at the same time; raises TimeoutError if one does not come to its end."""
    acts = {name: CASES[name].act(scene) for name, scene in scenes.items()}
    due = dict.fromkeys(acts, 0.0)
    deadline = time.monotonic() + patience
    while acts:
        for name in [name for name in acts if due[name] <= time.monotonic()]:
            try:
                due[name] = time.monotonic() + next(acts[name])
            except StopIteration:
                del acts[name]
        if time.monotonic() > deadline:
            raise TimeoutError(f"not at their end: {', '.join(sorted(acts))}")
        time.sleep(0.05)
