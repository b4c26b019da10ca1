"""Time lines of workspaces as kube-state-metrics would tell them, and what the rules must make of them.

Times are counted in steps: one step is one scrape and one evaluation. So a case holds for any settings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.service_levels.promise import Promise

Points = Sequence[tuple[float, float | str | None]]
"""Steps and values from there on: a number; None, the series ends; "_", it is not there yet."""

TEAM = "ws-team"
LONG_AGO = -100000
"""A step far before the time line begins."""


@dataclass(frozen=True)
class Check:
    """What an expression must give at a step: samples by their labels, as promtool writes them."""

    step: float
    expression: str
    samples: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Case:
    """One time line and what follows from it.

    Attributes:
        name: What it shows.
        groups: Groups of rules that take part.
        series: What Prometheus has scraped.
        checks: What must come out.
        step: Seconds from one sample and evaluation to the next.
    """

    name: str
    groups: tuple[str, ...]
    series: list[dict[str, str]]
    checks: list[Check]
    step: int


STATES = ("slate-states",)
STARTS = ("slate-states", "slate-starts")
WINDOWS = ("slate-windows-short", "slate-windows-long", "slate-budgets", "slate-projects")
ALERTS = (*WINDOWS, "slate-alerts")
ALL = (*STARTS, *ALERTS)


def values(points: Points, last: int) -> str:
    """A series in promtool's notation, equal values in a row written once."""
    runs: list[tuple[str, int]] = []
    ordered = sorted(points, key=lambda point: point[0])
    current, position, ended = "_", 0, False
    for step in range(last + 1):
        while position < len(ordered) and ordered[position][0] <= step:
            value = ordered[position][1]
            current, ended, position = ("stale" if value is None else f"{value}"), False, position + 1
        shown = "_" if current == "stale" and ended else current
        ended = current == "stale"
        if runs and runs[-1][0] == shown and shown != "stale":
            runs[-1] = (shown, runs[-1][1] + 1)
        else:
            runs.append((shown, 1))
    return " ".join(_run(shown, count) for shown, count in runs)


def _run(shown: str, count: int) -> str:
    if count == 1:
        return shown
    return f"_x{count}" if shown == "_" else f"{shown}x{count - 1}"


@dataclass
class Workspace:
    """One workspace as kube-state-metrics tells of it; times in steps."""

    name: str
    promise: Promise
    last: int
    namespace: str = TEAM
    instance: str = "ksm-0"
    series: list[dict[str, str]] = field(default_factory=list)

    def stateful_set(
        self, replicas: Points, ready: Points, created: float = LONG_AGO, generation: Points = ((0, 1),)
    ) -> "Workspace":
        """Its StatefulSet: asked for and ready replicas, and the number of its specification."""
        labels = {"statefulset": self.name}
        first = next(step for step, value in replicas if value not in ("_", None))
        self._add("kube_statefulset_replicas", labels, replicas)
        self._add("kube_statefulset_status_replicas_ready", labels, ready)
        gone = [(step, None) for step, value in replicas if value is None]
        self._add("kube_statefulset_created", labels, [(0, "_"), (first, self.seconds(created)), *gone])
        self._add("kube_statefulset_metadata_generation", labels, [*generation, *gone])
        return self

    def pod(
        self,
        uid: str,
        created: float,
        ready: Points = (),
        *,
        gone: float | None = None,
        restarts: Points | None = None,
        seen: float | None = None,
    ) -> "Workspace":
        """One of its pods.

        Args:
            uid: Its uid.
            created: When it was made, in steps; a part of one is seconds between two scrapes.
            ready: Steps at which a scrape sees it, and the time of readiness, in steps; None while it is not ready.
            gone: Step from which no scrape sees it.
            restarts: Restarts of its container (default: none).
            seen: Step of the first scrape that sees it (default: the first after it was made).
        """
        labels = {"pod": f"{self.name}-0", "uid": uid}
        first = max(0, -(-created // 1)) if seen is None else seen
        tail: list[tuple[float, float | None]] = [] if gone is None else [(gone, None)]
        self._add("kube_pod_created", labels, [(0, "_"), (first, self.seconds(created)), *tail])
        if ready:
            told = [(step, value if value in (None, "_") else self.seconds(float(value))) for step, value in ready]
            end = tail if told[-1][1] is not None else []
            self._add("kube_pod_status_ready_time", labels, [(0, "_"), *told, *end])
        counted = restarts if restarts is not None else [(0, "_"), (first, 0), *tail]
        self._add("kube_pod_container_status_restarts_total", {**labels, "container": "workspace"}, counted)
        return self

    def running(self, down: Iterable[tuple[float, float]] = (), **more: Any) -> "Workspace":
        """On all the time, with one old pod, and not ready in the given spans."""
        ready = [(0, 1), *(point for begin, end in down for point in ((begin, 0), (end, 1)))]
        return self.stateful_set([(0, 1)], ready, **more).pod(f"{self.name}-u", LONG_AGO, [(0, LONG_AGO + 1)])

    def also(self, metric: str, labels: dict[str, str], points: Points) -> "Workspace":
        """Any other series of it."""
        self._add(metric, labels, points)
        return self

    def seconds(self, step: float) -> int:
        """The time of a step."""
        return round(step * self.promise.interval)

    def _add(self, metric: str, labels: dict[str, str], points: Points) -> None:
        full = {"namespace": self.namespace, "instance": self.instance, **labels}
        inside = ",".join(f'{key}="{value}"' for key, value in full.items())
        self.series.append({"series": f"{metric}{{{inside}}}", "values": values(points, self.last)})


def plain(name: str, points: Points, last: int) -> dict[str, str]:
    """A series that is given as it is."""
    return {"series": name, "values": values(points, last)}


def all_of(*workspaces: Workspace) -> list[dict[str, str]]:
    """The series of several workspaces."""
    return [series for workspace in workspaces for series in workspace.series]


def available(step: float, **states: int) -> Check:
    """The state of each workspace that is judged; those that are not named must be absent."""
    name = "namespace_workspace:available:bool"
    samples = tuple(
        (f'{name}{{namespace="{TEAM}", workspace="{workspace}"}}', state) for workspace, state in states.items()
    )
    return Check(step, name, samples)


def value(step: float, expression: str, expected: float | None, labels: str = "{}") -> Check:
    """One value; None where there must be nothing. Small errors of adding floats are no difference."""
    if expected is None:
        return Check(step, expression, ())
    return Check(step, f"abs(({expression}) - {expected!r}) < bool 1e-9", ((labels, 1),))


def total(step: float, series: str, expected: float, namespace: str = TEAM) -> Check:
    """The sum of all values that a series had until a step: how many events were counted."""
    inside = f'{{namespace="{namespace}"}}'
    return Check(step, f"sum by (namespace) (sum_over_time({series}{inside}[1d]))", ((inside, expected),))


def firing(step: float, **alerts: int) -> Check:
    """How many of these alerts fire; name and urgency joined by `__`, such as `WorkspaceDown` or `X__page`."""
    names = "|".join(name.partition("__")[0] for name in alerts)
    samples = []
    for name, count in alerts.items():
        alert, _, urgency = name.partition("__")
        inside = f'alertname="{alert}"' + (f', slo_severity="{urgency}"' if urgency else "")
        samples += [(f"{{{inside}}}", count)] if count else []
    firing = f'ALERTS{{alertname=~"{names}",alertstate="firing"}}'
    return Check(step, f"count by (alertname, slo_severity) ({firing})", tuple(samples))
