"""What the monthly report costs: seconds and memory, for a month of 500 workspaces, asked of a real Prometheus.

The month is made up, with four outages of each workspace, and written into blocks of a Prometheus of the benchmark's
own. The report is written twice: the second time, all days are known and nothing is asked.
"""

import argparse
import json
import os
import re
import signal
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.service_levels.days import last_month
from tools.bench import measure, prometheus
from tools.bench.month import Fleet
from tools.cluster.ports import ADDRESS
from tools.paths import ROOT, VENV

GOAL_SECONDS, GOAL_MEGABYTES = 600, 512
"""A pod of the report may use that much memory (components/service_levels/shown.py)."""
_READ = re.compile(r"^prometheus_http_requests_total\{[^}]*/api/v1/query\"[^}]*\} (\S+)$", re.MULTILINE)


def say(text: str) -> None:
    """Progress, on standard error, so that the result is alone on standard output."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Costs:
    """What was measured: the first report, the second one, and what the first asked of Prometheus."""

    first: measure.Measured
    again: measure.Measured
    queries: int
    processor_seconds: float
    report: dict[str, Any]


class Bench:
    """The last calendar month, in UTC.

    Args:
        workspaces: How many.
        interval: Seconds from one evaluation to the next.
        work: A folder of its own.
    """

    def __init__(self, workspaces: int, interval: int, work: Path) -> None:
        self.month = last_month(datetime.now(UTC), ZoneInfo("UTC"))
        start = int(self.month.start.timestamp())
        # One day beyond its end: an outage is judged by what came after it.
        self.fleet = Fleet(workspaces, start, (self.month.seconds + 86400) // interval, interval)
        self._work = work
        self._prometheus = prometheus.Prometheus(work, retention="1y")

    def fill(self) -> int:
        """Writes the month into blocks; returns how many samples it has."""
        return self._prometheus.fill(self.fleet.lines(), f"{self.fleet.workspaces} workspaces", say)

    def run(self) -> Costs:
        """Writes the report twice.

        Raises:
            MeasureError: Prometheus or the report fails, or the report's numbers are not those of the month.
        """
        contract = self._work / "contract.json"
        contract.write_text(json.dumps(self._contract()), encoding="utf-8")
        command = [str(VENV / "bin" / "python"), "-m", "services.service_levels", "report"]
        command += ["--contract", str(contract), "--prometheus", f"http://{ADDRESS}:{self._prometheus.port}"]
        command += ["--data", str(self._work / "days"), "--output", str(self._work / "reports")]
        command += ["--month", self.month.name]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self._prometheus.running({"global": {"scrape_interval": "1h"}}):
            before = self._metrics()
            first = measure.run(command, cwd=self._work, environment=environment, tell=say)
            after = self._metrics()
            again = measure.run(command, cwd=self._work, environment=environment)
        report = json.loads((self._work / "reports" / f"{self.month.name}.json").read_text(encoding="utf-8"))
        return Costs(first, again, round(after[0] - before[0]), after[1] - before[1], report)

    def _contract(self) -> dict[str, Any]:
        objectives = {"startSuccess": 99.5, "startDeadlineSeconds": 300, "coldStartSeconds": 30}
        objectives |= {"availability": 99.9, "selfHealing": 90, "selfHealingMinutes": 10}
        return {
            "version": 1,
            "title": "AI workspaces",
            "timeZone": "UTC",
            "intervalSeconds": self.fleet.interval,
            "projects": {name: name.removeprefix("ws-") for name in self.fleet.projects},
            "canaryNamespace": "slate-canary",
            "objectives": objectives,
            "creditBands": [{"below": 99.9, "percent": 10}],
            "maintenance": [],
            "rulesSha256": "0" * 64,
        }

    def _metrics(self) -> tuple[float, float]:
        """Queries that Prometheus has answered, and its processor seconds."""
        text = self._prometheus.metrics()
        return sum(float(value) for value in _READ.findall(text)), prometheus.processor_seconds(text) or 0.0


def verdict(bench: Bench, costs: Costs, samples: int) -> str:
    """The result line: seconds for a month that is asked for the first time, in the memory that a pod may use.

    Raises:
        MeasureError: The report's numbers are not those of the month.
    """
    listed, made = len(costs.report["outages"]), bench.fleet.outages(bench.month.seconds)
    if listed != made or costs.report["differences"]:
        raise measure.MeasureError(f"the report lists {listed} outages of {made}; {costs.report['differences']}")
    seconds, memory = costs.first.seconds, costs.first.peak_megabytes.get("cli", 0.0)
    return measure.result(
        "report",
        seconds,
        "s",
        against=GOAL_SECONDS,
        goal=f"a month for the first time in < {GOAL_SECONDS} s and < {GOAL_MEGABYTES} MiB",
        met=seconds < GOAL_SECONDS and memory < GOAL_MEGABYTES,
        again_seconds=round(costs.again.seconds, 3),
        peak_megabytes=round(memory, 1),
        workspaces=bench.fleet.workspaces,
        month=bench.month.name,
        interval_seconds=bench.fleet.interval,
        samples=samples,
        outages=listed,
        queries=costs.queries,
        prometheus_processor_seconds=round(costs.processor_seconds, 3),
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.report", description=__doc__)
    parser.add_argument("--workspaces", type=int, default=500, help="how many (default %(default)s)")
    parser.add_argument("--interval", type=int, default=300, help="seconds between evaluations (default %(default)s)")
    given = parser.parse_args()
    if given.workspaces < 1 or not 15 <= given.interval <= 300:
        parser.error("--workspaces takes 1 or more, --interval 15 to 300")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Prometheus ends and the folder is removed then too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as temporary:
        bench = Bench(given.workspaces, given.interval, Path(temporary))
        samples = bench.fill()
        print(verdict(bench, bench.run(), samples))


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"report: {error}")
    except KeyboardInterrupt:
        sys.exit("report: interrupted")
