"""A known past: what the rules would have recorded of a small fleet, as samples for a real Prometheus."""

import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.service_levels import queries
from tests.conftest import binaries
from tests.services.service_levels.servers import prometheus_server

CANARY = "slate-canary"
EVENTS = [queries.SUMS[name] for name in queries.EVENTS]


@dataclass(frozen=True)
class Down:
    """An outage: a workspace, the evaluation in which it was first down, how many it was, and how it ended."""

    namespace: str
    workspace: str
    first: int
    length: int
    outcome: str


@dataclass
class Past:
    """What was recorded, evaluation by evaluation; the evaluation N is at `start + N * interval`."""

    start: int
    evaluations: int
    interval: int
    limit: int
    fleet: dict[str, list[str]]
    downs: list[Down] = field(default_factory=list)
    starts: list[tuple[str, int, float | None]] = field(default_factory=list)
    silent: list[tuple[str, int]] = field(default_factory=list)
    blind: range = range(0)
    dark: range = range(0)
    maintenance: range = range(0)
    fast: float = 30
    asleep: dict[tuple[str, str], range] = field(default_factory=dict)

    def time(self, number: int) -> int:
        """When an evaluation was."""
        return self.start + number * self.interval

    def series(self) -> dict[str, list[tuple[float, float]]]:
        """Samples by series; the text of a series is as Prometheus writes it."""
        found: dict[str, list[tuple[float, float]]] = defaultdict(list)
        events = self._events()
        for number in range(self.evaluations):
            if number in self.dark:
                continue
            time = self.time(number)
            seen, off = number not in self.blind, number in self.maintenance
            found[queries.OBSERVED].append((time, float(seen)))
            found[queries.MAINTENANCE].append((time, float(off)))
            for namespace, names in self.fleet.items():
                label = f'{{namespace="{namespace}"}}'
                awake = [name for name in names if number not in self.asleep.get((namespace, name), range(0))]
                if not seen:
                    found[queries.UNKNOWN + label].append((time, float(len(awake))))
                    continue
                states = {} if off else {name: self.down_at(namespace, name, number) is None for name in awake}
                for name, up in states.items():
                    both = f'{{namespace="{namespace}",workspace="{name}"}}'
                    if not self._gone(namespace, name, number):
                        found[queries.WORKSPACE + both].append((time, float(up)))
                    if not up:
                        down = self.down_at(namespace, name, number)
                        assert down
                        found[queries.OUTAGE + both].append((time, float(self.time(down.first))))
                    touched = any(
                        down.outcome == "assisted" and number == down.first + down.length - 1
                        for down in self.downs
                        if (down.namespace, down.workspace) == (namespace, name)
                    )
                    found[queries.TOUCHED + both].append((time, float(touched)))
                here = [name for name in states if not self._gone(namespace, name, number)]
                found[queries.ELIGIBLE + label].append((time, float(len(here))))
                found[queries.AVAILABLE + label].append((time, float(sum(states[name] for name in here))))
                for event in EVENTS:
                    found[event + label].append((time, events[event, namespace, number]))
        return found

    def down_at(self, namespace: str, workspace: str, number: int) -> Down | None:
        """The outage of a workspace in an evaluation."""
        return next(
            (
                down
                for down in self.downs
                if (down.namespace, down.workspace) == (namespace, workspace)
                and down.first <= number < down.first + down.length
            ),
            None,
        )

    def _gone(self, namespace: str, workspace: str, number: int) -> bool:
        """Whether somebody had switched it off, having given it up."""
        return any(
            down.outcome == "abandoned"
            and (down.namespace, down.workspace) == (namespace, workspace)
            and number >= down.first + down.length
            for down in self.downs
        )

    def _events(self) -> Counter[tuple[str, str, int]]:
        found: Counter[tuple[str, str, int]] = Counter()
        for down in self.downs:
            end = down.first + down.length
            when = down.first + self.limit // self.interval + 1 if down.outcome == "escalated" else end
            if down.outcome in queries.SUMS:
                found[queries.SUMS[down.outcome], down.namespace, when] += 1
            if down.outcome in ("recovered", "assisted", "escalated"):
                found[queries.SUMS["outages_ended"], down.namespace, end] += 1
                found[queries.SUMS["outage_seconds"], down.namespace, end] += down.length * self.interval
        for namespace, number in self.silent:
            found[queries.SUMS["silent"], namespace, number] += 1
        for namespace, number, seconds in self.starts:
            found[queries.SUMS["starts_failed" if seconds is None else "starts_good"], namespace, number] += 1
            if seconds is not None:
                found[queries.SUMS["start_seconds"], namespace, number] += seconds  # type: ignore[assignment]
                found[queries.SUMS["starts_fast"], namespace, number] += seconds <= self.fast
        return found

    def blocks(self, folder: Path) -> Path:
        """Write the samples into a data folder of Prometheus."""
        text = folder / "past.om"
        kept = folder / "data"
        with text.open("w", encoding="utf-8") as file:
            for series, samples in self.series().items():
                file.writelines(f"{series} {value!r} {time}\n" for time, value in samples)
            file.write("# EOF\n")
        # Without long blocks (the option is hidden) promtool reads the whole text again for each two hours.
        blocks = ["tsdb", "create-blocks-from", "--max-block-duration=4320h", "openmetrics"]
        command = [str(binaries() / "promtool"), *blocks, str(text), str(kept)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        text.unlink()
        return kept


@contextmanager
def served(past: Past, folder: Path) -> Iterator[str]:
    """A Prometheus that remembers a past; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    with prometheus_server(past.blocks(folder), folder / "prometheus.log") as url:
        yield url
