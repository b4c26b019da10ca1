"""The numbers of single days, kept in files: what a day was stays known when Prometheus has forgotten it.

A day that is over is asked for once. Names of workspaces are in these files, so they are kept apart from the page.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.service_levels import queries
from services.service_levels.contract import Contract
from services.service_levels.days import Day
from services.service_levels.errors import ServiceLevelsError
from services.service_levels.outages import Judge, Outage, outages_of
from services.service_levels.prometheus import Prometheus

VERSION = 1


@dataclass(frozen=True)
class DayNumbers:
    """What is known of one day.

    Attributes:
        date: Such as 2026-10-14.
        start: When it began, ISO 8601 in UTC.
        until: Up to when it was asked for; the day's end, once it is over.
        seconds: From start to until.
        interval: Seconds from one evaluation of the rules to the next.
        rules: Hash of the rule file by which it was measured.
        evaluated: Evaluations of the rules that took place.
        observed: Those of them in which the facts were there.
        maintenance: Those in maintenance.
        sums: Numbers by name and namespace; names as in `queries.day_queries`.
        down: Evaluations in which a workspace was down, by namespace and name.
        outages: Its outages.
    """

    date: str
    start: str
    until: str
    seconds: int
    interval: int
    rules: str
    evaluated: float = 0
    observed: float = 0
    maintenance: float = 0
    sums: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    down: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    outages: Sequence[Outage] = ()

    @property
    def evaluations(self) -> float:
        """Evaluations that there should have been."""
        return self.seconds / self.interval

    @property
    def dark(self) -> float:
        """Evaluations that are missing altogether: Prometheus itself was away."""
        return max(0.0, self.evaluations - self.evaluated)


def collect(day: Day, contract: Contract, judge: Judge, now: datetime) -> DayNumbers:
    """Ask for one day."""
    part = day.until(now)
    begin, until = day.start.isoformat(), part.end.isoformat()
    empty = DayNumbers(
        day.date.isoformat(), begin, until, part.seconds, contract.interval_seconds, contract.rules_sha256
    )
    if part.seconds <= 0:
        return empty
    prometheus, at = judge.prometheus, part.end - timedelta(milliseconds=1)

    def single(query: str) -> float:
        return sum(prometheus.vector(query, at).values())

    evaluated = single(queries.evaluated(part.seconds))
    if not evaluated:
        return empty  # no rule was evaluated, so nothing was recorded
    asked = queries.day_queries(part.seconds)
    sums = {name: prometheus.by_namespace(query, at) for name, query in asked.items()}
    down: dict[str, dict[str, float]] = {}
    for labels, value in prometheus.vector(queries.down(part.seconds), at).items():
        names = dict(labels)
        down.setdefault(names.get("namespace", ""), {})[names.get("workspace", "")] = value
    return replace(
        empty,
        evaluated=evaluated,
        observed=single(queries.observed(part.seconds)),
        maintenance=single(queries.maintenance(part.seconds)),
        sums={name: values for name, values in sums.items() if values},
        down=down,
        outages=outages_of(part, judge, now),
    )


class History:
    """The days that are known.

    Args:
        folder: Where their files are.
        contract: Names the time zone, which decides what a day is.
    """

    def __init__(self, folder: Path, contract: Contract) -> None:
        self.folder = folder / "days" / contract.zone.key.replace("/", "_")
        self.contract = contract

    def read(self, day: Day) -> DayNumbers | None:
        """A day that was kept.

        Raises:
            ServiceLevelsError: Its file is damaged.
        """
        path = self._path(day)
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            if given.pop("version") != VERSION:
                return None
            outages = [Outage(**one) for one in given.pop("outages")]
            return DayNumbers(**given, outages=outages)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ServiceLevelsError(f"{path} is damaged; delete it, and the day is asked for again") from None

    def keep(self, day: Day, numbers: DayNumbers) -> None:
        """Keep a day; a reader finds it whole or not at all."""
        content = json.dumps({"version": VERSION, **asdict(numbers)}, sort_keys=True)
        write(self._path(day), content)

    def numbers(
        self, days: Iterable[Day], prometheus: Prometheus, now: datetime, report: Callable[[str], None]
    ) -> list[DayNumbers]:
        """The numbers of days, from the files where they are and from Prometheus where not.

        Args:
            days: Which.
            prometheus: Who knows.
            now: The time.
            report: Is told which day is asked for.
        """
        contract = self.contract
        judge = Judge(prometheus, contract.interval_seconds, contract.objectives.self_healing_minutes * 60)
        wanted = [day for day in days if day.seconds > 0]
        found = []
        for number, day in enumerate(wanted, 1):
            numbers = self.read(day)
            if numbers is None:
                report(f"asking for {day.date} ({number} of {len(wanted)})")
                numbers = collect(day, contract, judge, now)
                if numbers.evaluated and now >= day.end + judge.patience:
                    self.keep(day, numbers)
            found.append(numbers)
        return found

    def _path(self, day: Day) -> Path:
        return self.folder / f"{day.date.isoformat()}.json"


def write(path: Path, content: str) -> None:
    """Write a file, so that nobody ever reads half of it.

    Raises:
        OSError: The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_text(content, encoding="utf-8", newline="")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def current_time() -> datetime:
    """The time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
