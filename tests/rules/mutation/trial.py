"""Tries mutations: runs the time lines that concern a rule until one notices the change."""

import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from components.service_levels.promise import Promise
from components.service_levels.promql import Group
from components.service_levels.rules import groups
from tests.rules.cases import cases
from tests.rules.declared import announced, default
from tests.rules.mutation.operators import Mutation, mutations
from tests.rules.mutation.relevance import needed
from tests.rules.promtool import run
from tests.rules.timeline import Case


@dataclass(frozen=True)
class Setting:
    """Rules for one set of numbers, and their time lines, the quickest first."""

    groups: list[Group]
    cases: list[Case]

    @classmethod
    def of(cls, args: object) -> "Setting":
        """The rules and time lines of some arguments."""
        promise = Promise.of(args)  # pyright: ignore[reportArgumentType]
        return cls(groups(promise.args), sorted(cases(promise), key=_cost))


def _cost(case: Case) -> float:
    return len(case.series) * max(check.step for check in case.checks)


class Trial:
    """All mutations of the rules, and what notices them."""

    def __init__(self, promtool: Path):
        self.promtool = promtool
        self.settings = [Setting.of(default()), Setting.of(announced())]
        # The other setting has one rule that differs: the windows of maintenance.
        known = [rule for group in self.settings[0].groups for rule in group["rules"]]
        added = [one for one in mutations(self.settings[1].groups) if one.original not in known]
        self.mutations = [*mutations(self.settings[0].groups), *added]

    def noticed_by(self, mutation: Mutation) -> str | None:
        """Name of the first time line that notices a mutation; None if none does."""
        for setting, case in self._concerned(mutation):
            changed = [_changed(group, mutation) for group in setting.groups]
            with tempfile.TemporaryDirectory() as folder:
                if run(self.promtool, Path(folder), needed(case, changed), [case]):
                    return case.name
        return None

    def survivors(
        self, chosen: Iterable[Mutation], workers: int, say: Callable[[int, Mutation, str | None], None]
    ) -> list[Mutation]:
        """Mutations that nothing notices.

        Args:
            chosen: Which to try.
            workers: How many at a time.
            say: Called after each with how many are done, the mutation, and what noticed it.
        """
        missed = []
        every = list(chosen)
        with ThreadPoolExecutor(workers) as pool:
            for done, (mutation, noticed) in enumerate(zip(every, pool.map(self.noticed_by, every), strict=True), 1):
                say(done, mutation, noticed)
                missed += [] if noticed else [mutation]
        return missed

    def _concerned(self, mutation: Mutation) -> list[tuple[Setting, Case]]:
        """Time lines in whose checks the rule has a part."""
        return [
            (setting, case)
            for setting in self.settings
            for case in setting.cases
            if any(mutation.original in group["rules"] for group in needed(case, setting.groups))
        ]


def _changed(group: Group, mutation: Mutation) -> Group:
    return {**group, "rules": [mutation.rule if rule == mutation.original else rule for rule in group["rules"]]}
