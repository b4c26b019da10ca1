"""Tries mutations: runs the time lines that concern a rule until one notices the change."""

import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from components.service_levels.promise import Promise
from components.service_levels.promql import Group, Rule
from components.service_levels.rules import groups
from tests.rules.cases import cases
from tests.rules.declared import announced, default
from tests.rules.mutation.operators import Mutation, mutations, title
from tests.rules.mutation.relevance import needed
from tests.rules.promtool import run
from tests.rules.timeline import Case


@dataclass(frozen=True)
class Setting:
    """Rules for one set of numbers, and their time lines, the quickest first.

    Attributes:
        groups: All rules.
        cases: The time lines.
        parts: For each time line, by its name, the rules that its checks depend on.
    """

    groups: list[Group]
    cases: list[Case]
    parts: dict[str, list[Rule]]

    @classmethod
    def of(cls, args: object) -> "Setting":
        """The rules and time lines of some arguments."""
        promise = Promise.of(args)  # pyright: ignore[reportArgumentType]
        return cls.made(groups(promise.args), sorted(cases(promise), key=_cost))

    @classmethod
    def made(cls, rules: list[Group], lines: list[Case]) -> "Setting":
        """Rules and time lines that are there."""
        parts = {case.name: [rule for group in needed(case, rules) for rule in group["rules"]] for case in lines}
        return cls(rules, lines, parts)


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
        self._attentive: dict[str, list[str]] = {}

    def noticed_by(self, mutation: Mutation) -> str | None:
        """Name of the first time line that notices a mutation; None if none does."""
        changed = {id(one): [_changed(group, mutation) for group in one.groups] for one in self.settings}
        for setting, case in self._concerned(mutation):
            with tempfile.TemporaryDirectory() as folder:
                if run(self.promtool, Path(folder), needed(case, changed[id(setting)]), [case]):
                    self._attentive.setdefault(title(mutation.original), []).insert(0, case.name)
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
        """Time lines in whose checks the rule has a part; those first that noticed other changes of it."""
        found = [
            (setting, case)
            for setting in self.settings
            for case in setting.cases
            if mutation.original in setting.parts[case.name]
        ]
        attentive = list(dict.fromkeys(self._attentive.get(title(mutation.original), ())))
        return sorted(found, key=lambda pair: attentive.index(pair[1].name) if pair[1].name in attentive else 99)


def _changed(group: Group, mutation: Mutation) -> Group:
    return {**group, "rules": [mutation.rule if rule == mutation.original else rule for rule in group["rules"]]}
