"""Reads the settings of a stack: all problems at once, or settings that can be relied on."""

import json
from collections.abc import Container, Mapping
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from settings.checks import check
from settings.errors import Problem, SettingsError, at, render, show
from settings.lines import lines_of
from settings.partial import Partial, salvage
from settings.root import Settings
from settings.wording import problems_of

SECRET_KEYS = {
    "tokenSecret": "make a new secret and run: pulumi config set --secret slate:tokenSecret",
    "registryCredentials": "change the password and run: pulumi config set --secret slate:registryCredentials",
}
"""Keys whose values are never read here nor written in plain, and what to do about one that was."""

IN_PLAIN = "in plain"
"""Stands for the value of a secret key that the stack file has in plain: the value itself is never passed on."""

TEXT_KEYS = ("domain", "scope", "platformStack")
"""Top-level keys whose values are plain texts; all others are mappings or lists."""

DEEPEST = 40
"""Levels of nesting that are read; the settings themselves need eight."""


def load(values: Mapping[str, object], source: str = "the settings") -> Settings:
    """Checks the settings of a stack.

    Args:
        values: The `slate:` keys of `Pulumi.<stack>.yaml` without their prefix, as plain values.
        source: Name of the file; when it is there and holds these values, messages name its lines.

    Returns:
        The settings; every later step may rely on them.

    Raises:
        SettingsError: When anything is wrong; one message with every problem found.
    """
    problems: list[Problem] = []
    given = _without_secret(values, problems)
    settings = None
    if _is_deeper(given, DEEPEST):
        allowed, fix = f"at most {DEEPEST} levels of nesting", "remove the innermost levels, or an alias to itself"
        problem = Problem((), "are nested too deeply to be read", allowed, fix)
        raise SettingsError(source, [problem], render(source, [problem], {}))
    try:
        settings = Settings.model_validate(given)
        partial = Partial(settings)
    except ValidationError as error:
        problems += problems_of(error, given)
        partial = salvage(given, error) if isinstance(given, dict) else None
    if partial:
        problems += [_placed(problem, partial, given) for problem in check(partial)]
    if problems or settings is None:
        problems = _in_order(problems, given)
        raise SettingsError(source, problems, render(source, problems, given, lines_of(FilePath(source), values)))
    return settings


def from_config(texts: Mapping[str, str], encrypted: Container[str] = tuple(SECRET_KEYS)) -> dict[str, object]:
    """Turns Pulumi's configuration (texts, objects as JSON) into the values that `load` takes.

    Args:
        texts: The keys of the namespace `slate` without their prefix.
        encrypted: Which of them the stack file holds encrypted; a secret that is not is refused by `load`.

    Returns:
        Plain values without secrets; a text that is no JSON stays a text, so that `load` can say what is wrong with it.
    """
    values: dict[str, object] = {}
    for key, raw in texts.items():
        if key not in SECRET_KEYS:
            values[key] = raw if key in TEXT_KEYS else _parsed(raw)
        elif key not in encrypted:
            values[key] = IN_PLAIN
    return values


def _is_deeper(values: object, levels: int) -> bool:
    """Whether a value has more levels than given; without recursion, so that any input is answered."""
    waiting = [(values, 0)]
    while waiting:
        value, level = waiting.pop()
        if level > levels:
            return True
        inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
        waiting += [(item, level + 1) for item in inside]
    return False


def _parsed(raw: str) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw


def _without_secret(values: Any, problems: list[Problem]) -> Any:
    if not isinstance(values, Mapping):
        return values
    given = dict(values)
    if given.get("platformStack") == "":  # the default in Pulumi.yaml, which has no word for "absent"
        del given["platformStack"]
    if given.get("prices") == {}:  # likewise
        del given["prices"]
    for key, fix in SECRET_KEYS.items():
        secret = given.pop(key, None)
        encrypted = isinstance(secret, Mapping) and set(secret) == {"secure"}
        if secret is not None and not encrypted:
            what = "is a secret and must not be read or written in plain"
            problems.append(Problem((key,), what, "an encrypted value (secure: ...)", f"remove it, {fix}"))
    return given


def _placed(problem: Problem, partial: Partial, values: object) -> Problem:
    path = partial.original(problem.path)
    given = problem.given
    if given is None and (value := at(values, path)) is not None:
        given = show(value, path)
    return Problem(path, problem.what, problem.allowed, problem.fix, given)


def _in_order(problems: list[Problem], values: object) -> list[Problem]:
    """Sorts problems by where they stand in the file; those of one place stay in the order they were found."""

    def place(problem: Problem) -> list[int]:
        here, order = values, []
        for key in problem.path:
            if isinstance(key, int):
                order.append(key)
            else:
                keys = list(here) if isinstance(here, Mapping) else []
                order.append(keys.index(key) if key in keys else len(keys))
            here = at(here, (key,))
        return order

    return sorted(problems, key=place)
