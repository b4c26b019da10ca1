"""A made-up month of a fleet, as the rules would have recorded it: what the monthly report reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.service_levels import queries

PER_PROJECT = 20
OUTAGES_EACH = 4
"""Outages of each workspace: with two evaluations each, about what 99.9 % of a month leave."""
LENGTH = 2
STARTS_PER_DAY = 2
START_SECONDS = 12


@dataclass(frozen=True)
class Fleet:
    """Workspaces that are always awake, but for their outages, over some time.

    Attributes:
        workspaces: How many.
        start: The first evaluation, in seconds since 1970.
        evaluations: How many evaluations there are.
        interval: Seconds from one to the next.
    """

    workspaces: int
    start: int
    evaluations: int
    interval: int

    @property
    def projects(self) -> dict[str, list[int]]:
        """The workspaces of each namespace, by number."""
        found: dict[str, list[int]] = {}
        for number in range(self.workspaces):
            found.setdefault(f"ws-team-{number // PER_PROJECT:02d}", []).append(number)
        return found

    def outages(self, seconds: int) -> int:
        """How many outages begin in the first seconds."""
        firsts = (first for number in range(self.workspaces) for first in self.downs(number))
        return sum(first * self.interval < seconds for first in firsts)

    def downs(self, number: int) -> list[int]:
        """The evaluations in which the outages of a workspace begin, over the whole time and seldom two at once."""
        apart = self.evaluations // OUTAGES_EACH
        offset = 1 + number * 7919 % max(1, apart - 2 * LENGTH - 2)
        return [offset + apart * each for each in range(OUTAGES_EACH)]

    def lines(self) -> Iterator[str]:
        """The lines of an OpenMetrics file."""
        moments = [self.start + number * self.interval for number in range(self.evaluations)]
        for name, value in ((queries.OBSERVED, 1), (queries.MAINTENANCE, 0)):
            yield from (f"{name} {value} {moment}" for moment in moments)
        for namespace, members in self.projects.items():
            down = [0] * self.evaluations
            ended = [0] * (self.evaluations + LENGTH)
            for number in members:
                yield from self._workspace(f'namespace="{namespace}",workspace="user-{number:03d}"', number, moments)
                for first in self.downs(number):
                    for evaluation in range(first, first + LENGTH):
                        down[evaluation] += 1
                    ended[first + LENGTH] += 1
            for evaluation, moment in enumerate(moments):
                for name, value in self._sums(len(members), down[evaluation], ended[evaluation], evaluation).items():
                    yield f'{queries.SUMS[name]}{{namespace="{namespace}"}} {value} {moment}'
        yield "# EOF"

    def _workspace(self, labels: str, number: int, moments: list[int]) -> Iterator[str]:
        firsts = self.downs(number)
        begun = {first + each: moments[first] for first in firsts for each in range(LENGTH)}
        for evaluation, moment in enumerate(moments):
            yield f"{queries.WORKSPACE}{{{labels}}} {int(evaluation not in begun)} {moment}"
        yield from (f"{queries.OUTAGE}{{{labels}}} {since} {moments[each]}" for each, since in sorted(begun.items()))
        yield from (f"{queries.TOUCHED}{{{labels}}} 0 {moments[each]}" for each in sorted(begun))

    def _sums(self, members: int, down: int, ended: int, evaluation: int) -> Mapping[str, int]:
        start = evaluation % max(1, 86400 // self.interval // STARTS_PER_DAY) == 0
        return dict.fromkeys(queries.SUMS, 0) | {
            "available": members - down,
            "eligible": members,
            "starts_good": int(start),
            "starts_fast": int(start),
            "start_seconds": START_SECONDS * start,
            "recovered": ended,
            "outages_ended": ended,
            "outage_seconds": ended * LENGTH * self.interval,
        }
