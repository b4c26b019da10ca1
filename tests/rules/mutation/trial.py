"""Tries mutations: runs the time lines that concern a rule until one notices the change."""

import json
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from components.service_levels.promise import Promise
from components.service_levels.promql import Group, Rule
from components.service_levels.rules import groups
from tests.rules.cases import cases
from tests.rules.declared import announced, default
from tests.rules.mutation.memory import Memory
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
        texts: For each time line, by its name, all that it says.
    """

    groups: list[Group]
    cases: list[Case]
    parts: dict[str, list[Rule]]
    texts: dict[str, str]

    @classmethod
    def of(cls, args: object) -> "Setting":
        """The rules and time lines of some arguments."""
        promise = Promise.of(args)  # pyright: ignore[reportArgumentType]
        return cls.made(groups(promise.args), sorted(cases(promise), key=_cost))

    @classmethod
    def made(cls, rules: list[Group], lines: list[Case]) -> "Setting":
        """Rules and time lines that are there."""
        parts = {case.name: [rule for group in needed(case, rules) for rule in group["rules"]] for case in lines}
        return cls(rules, lines, parts, {case.name: json.dumps(asdict(case)) for case in lines})


def _cost(case: Case) -> float:
    return len(case.series) * max(check.step for check in case.checks)


class Trial:
    """All mutations of the rules, and what notices them.

    Args:
        promtool: The program.
        memory: File with its answers of before; None asks it anew.
    """

    def __init__(self, promtool: Path, memory: Path | None = None):
        self.promtool = promtool
        self.memory = Memory(memory, promtool)
        self.settings = [Setting.of(default()), Setting.of(announced())]
        # The other setting has one rule that differs: the windows of maintenance.
        known = [rule for group in self.settings[0].groups for rule in group["rules"]]
        added = [one for one in mutations(self.settings[1].groups) if one.original not in known]
        self.mutations = [*mutations(self.settings[0].groups), *added]
        self._attentive: dict[str, list[str]] = {}

    def noticed_by(self, mutation: Mutation) -> str | None:
        """Name of the first time line that notices a mutation; None if none does."""
        changed = {id(one): [_changed(group, mutation) for group in one.groups] for one in self.settings}
        unknown = []
        for setting, case in self._concerned(mutation):
            rules = needed(case, changed[id(setting)])
            key = self.memory.key(setting.texts[case.name], rules)
            known = self.memory.noticed(key)
            if known:
                return self._remember(mutation, case)
            if known is None:
                unknown.append((case, rules, key))
        for case, rules, key in unknown:
            with tempfile.TemporaryDirectory() as folder:
                noticed = bool(run(self.promtool, Path(folder), rules, [case]))
            self.memory.keep(key, noticed)
            if noticed:
                return self._remember(mutation, case)
        return None

    def _remember(self, mutation: Mutation, case: Case) -> str:
        self._attentive.setdefault(title(mutation.original), []).insert(0, case.name)
        return case.name

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
            try:
                for done, (mutation, noticed) in enumerate(
                    zip(every, pool.map(self.noticed_by, every), strict=True), 1
                ):
                    say(done, mutation, noticed)
                    missed += [] if noticed else [mutation]
            except BaseException:  # Ctrl-C above all: nothing more is begun
                pool.shutdown(cancel_futures=True)
                raise
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
