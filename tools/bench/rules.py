"""What the service levels' rules cost: seconds to evaluate each group, and series, with a fleet of 1,000 workspaces.

A Prometheus of the benchmark's own, with the dev stack's rules as they are, reads the facts of a made-up fleet. Windows
of days are filled beforehand with a month of the sums that they are made of, so that they read what they will read.
"""

import argparse
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.bench import facts, measure, past, prometheus
from tools.cluster.ports import ADDRESS
from tools.paths import ROOT, VENV

GOAL_SECONDS = 0.5
INTERVAL_SECONDS = 30
_PATIENCE = 120.0
_WARM_SCRAPES = 2
"""Evaluations before that many read what is not there yet."""
_LAST = re.compile(r'^prometheus_rule_group_last_duration_seconds\{rule_group="[^"]*;([^"]+)"\} (\S+)$', re.MULTILINE)
# Unlike the count of evaluations it changes at the end of one, when the duration is known.
_DONE = re.compile(
    r'^prometheus_rule_group_last_evaluation_timestamp_seconds\{rule_group="[^"]*;([^"]+)"\} (\S+)$', re.MULTILINE
)
_HEAD = re.compile(r"^prometheus_tsdb_head_series (\S+)$", re.MULTILINE)
# Tools know nothing of components, so the rules come from the program's own Python, as `make up` would declare them.
_PROGRAM = """
import sys, yaml
from components.service_levels.rules import rule_file
from settings import load
from settings.service_level_arguments import service_levels
values = yaml.safe_load(open("Pulumi.dev.yaml"))["config"]
print(rule_file(service_levels(load({key.removeprefix("slate:"): value for key, value in values.items()}, "dev"))))
"""


def say(text: str) -> None:
    """Progress, on standard error, so that the result is alone on standard output."""
    print(text, file=sys.stderr, flush=True)


def declared_rules() -> str:
    """Returns the rule file of the dev stack.

    Raises:
        MeasureError: The program cannot make it.
    """
    command = [str(VENV / "bin" / "python"), "-c", _PROGRAM]
    return measure.run(command, cwd=ROOT, environment={**os.environ, "PYTHONPATH": str(ROOT)}).output


@dataclass
class Costs:
    """What was measured.

    Attributes:
        seconds: What each evaluation took, by group.
        series: Series in memory.
        processor: Processor seconds that Prometheus had used, by the moment.
    """

    seconds: dict[str, list[float]]
    series: int = 0
    processor: list[tuple[float, float]] = field(default_factory=list)

    def mean(self) -> dict[str, float]:
        """Returns the mean seconds of each group."""
        return {name: statistics.mean(found) for name, found in sorted(self.seconds.items()) if found}

    def processor_seconds(self, interval: int) -> float:
        """Returns the processor seconds of one interval, scrape included: they tell less of a machine's other work."""
        if len(self.processor) < 2:
            return 0.0
        (began, first), (ended, last) = self.processor[0], self.processor[-1]
        return (last - first) / (ended - began) * interval


class Bench:
    """One Prometheus in a folder of its own."""

    def __init__(self, rules: str, workspaces: int, work: Path, days: int, interval: int = INTERVAL_SECONDS) -> None:
        self.facts = facts.Facts(workspaces)
        self.rules = rules
        self.groups = {group["name"]: _seconds(group) for group in yaml.safe_load(rules)["groups"]}
        self.interval = interval
        self._work, self._days = work, days
        self._prometheus = prometheus.Prometheus(work, retention="45d")

    def fill(self) -> int:
        """Writes the past of the sums; returns how many samples it has."""
        sums = {name: days for name, days in past.windows(self.rules).items() if self._days}
        if not sums:
            return 0
        lines = past.history(sums, self.facts.projects, int(time.time()), self._days)
        return self._prometheus.fill(lines, f"a past of {len(sums)} sums", say)

    def run(self, rounds: int) -> Costs:
        """Lets Prometheus evaluate every group that often, and notes what each evaluation took."""
        costs = Costs({name: [] for name in self.groups})
        # Slow groups are evaluated seldom, and once tells what they take.
        wanted = {name: rounds if every <= self.interval else 1 for name, every in self.groups.items()}
        with facts.served(self.facts) as target, self._prometheus.running(self._configuration(target)):
            seen: dict[str, str] = {}
            deadline = (
                time.monotonic() + _PATIENCE + (rounds + _WARM_SCRAPES) * self.interval + max(self.groups.values())
            )
            while any(len(costs.seconds[name]) < count for name, count in wanted.items()):
                if time.monotonic() > deadline:
                    raise measure.MeasureError("Prometheus does not evaluate every group; is the machine too busy?")
                metrics = self._prometheus.metrics()
                last = dict(_LAST.findall(metrics))
                warm = self.facts.scrapes >= _WARM_SCRAPES
                for name, moment in _DONE.findall(metrics):
                    if warm and moment != seen.get(name) and float(moment) > 0:
                        costs.seconds[name].append(float(last[name]))
                        say(f"{name}: {costs.seconds[name][-1] * 1000:.0f} ms")
                    seen[name] = moment
                processor = prometheus.processor_seconds(metrics)
                if warm and processor is not None:
                    costs.processor.append((time.monotonic(), processor))
                head = _HEAD.search(metrics)
                costs.series = int(float(head[1])) if head else costs.series
                time.sleep(1)
        return costs

    def _configuration(self, target: int) -> dict[str, Any]:
        rules = self._work / "rules.yml"
        rules.write_text(self.rules, encoding="utf-8")
        interval = f"{self.interval}s"
        job = {"job_name": "kube-state-metrics", "honor_labels": True}
        return {
            "global": {"scrape_interval": interval, "evaluation_interval": interval},
            "rule_files": [str(rules)],
            "scrape_configs": [{**job, "static_configs": [{"targets": [f"{ADDRESS}:{target}"]}]}],
        }


def verdict(bench: Bench, costs: Costs, samples: int) -> str:
    """The result line: seconds that all groups take together for one evaluation every 30 seconds.

    Groups with a longer interval count with their share of it; all of them at the same moment are told beside.
    """
    mean = costs.mean()
    shared = {name: seconds * bench.interval / bench.groups[name] for name, seconds in mean.items()}
    return measure.result(
        "rules",
        sum(shared.values()),
        "s",
        against=GOAL_SECONDS,
        goal=f"all groups together < {GOAL_SECONDS} s per evaluation every {bench.interval} s",
        met=sum(shared.values()) < GOAL_SECONDS,
        all_at_once_seconds=round(sum(mean.values()), 3),
        processor_seconds=round(costs.processor_seconds(bench.interval), 3),
        workspaces=bench.facts.workspaces,
        facts_series=bench.facts.series(),
        series=costs.series,
        past_samples=samples,
        groups={
            name: {"mean_ms": round(seconds * 1000, 1), "every_seconds": bench.groups[name]}
            for name, seconds in mean.items()
        },
    )


def _seconds(group: Mapping[str, Any]) -> int:
    """How often a group is evaluated; as `promtool check rules` has it, a number and a unit."""
    written = str(group.get("interval", f"{INTERVAL_SECONDS}s"))
    return int(written[:-1]) * {"s": 1, "m": 60, "h": 3600}[written[-1]]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.rules", description=__doc__)
    parser.add_argument("--workspaces", type=int, default=1000, help="how many (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="evaluations of every group (default %(default)s)")
    parser.add_argument("--days", type=int, default=30, help="days of the past; 0: none (default %(default)s)")
    parser.add_argument("--rules", type=Path, help="another rule file")
    given = parser.parse_args()
    if given.workspaces < 1 or given.rounds < 1 or given.days < 0:
        parser.error("--workspaces and --rounds take 1 or more, --days 0 or more")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Prometheus ends and the folder is removed then too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    rules = given.rules.read_text(encoding="utf-8") if given.rules else declared_rules()
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as temporary:
        bench = Bench(rules, given.workspaces, Path(temporary), given.days)
        samples = bench.fill()
        print(verdict(bench, bench.run(given.rounds), samples))


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"rules: {error}")
    except KeyboardInterrupt:
        sys.exit("rules: interrupted")
