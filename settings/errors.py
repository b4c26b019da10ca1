"""What the user reads when settings are wrong: every problem of a file in one message."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where a value stands: keys and list positions, from the top of the `slate:` keys."""

HIDDEN = "(not shown)"
"""Stands for a value that is, or may be, a secret."""

_SHOWN_CHARACTERS = 80
_SHOWN_PROBLEMS = 100
_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_SECRET_KEY = re.compile(r"secret|token$|password|passphrase|credential|private", re.IGNORECASE)


class Refusal(ValueError):  # noqa: N818 - it is not an error of the program: it is the answer to a value
    """One value is not acceptable; a rule raises it, `Rule` adds what is allowed.

    Attributes:
        what: What is wrong, as a clause ("is not ...").
        fix: What to write instead, as an instruction.
        allowed: Overrides the rule's own description of allowed values when it depends on the value.
    """

    def __init__(self, what: str, fix: str, allowed: str | None = None):
        super().__init__(f"{what}: {fix}")
        self.what = what
        self.fix = fix
        self.allowed = allowed


@dataclass(frozen=True)
class Problem:
    """One mistake in the settings: where, what was given, what is allowed and how to fix it."""

    path: Path
    what: str
    allowed: str
    fix: str
    given: str | None = None
    """The value as shown to the user; None when there is none to show (a missing or an unknown key)."""


class SettingsError(Exception):
    """The settings cannot be used; `str()` is one message with all problems.

    Attributes:
        source: The file (or other origin) that the values came from.
        problems: Every problem found, in the order of the file's keys.
    """

    def __init__(self, source: str, problems: Sequence[Problem], text: str):
        super().__init__(text)
        self.source = source
        self.problems = tuple(problems)


def render(source: str, problems: Sequence[Problem], values: object, lines: Mapping[Path, int] | None = None) -> str:
    """Writes one message about all problems.

    Args:
        source: Name of the file.
        problems: What was found.
        values: The settings as given; list entries are named after their `name` key.
        lines: Line numbers of the file by path, when known.

    Returns:
        Plain text without a trailing newline.
    """
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    out = [f"{plain(source)}: {count} in the settings"]
    for problem in problems[:_SHOWN_PROBLEMS]:
        line = _line(problem.path, lines or {})
        where = f" (line {line})" if line else ""
        out += ["", f"  {describe_path(problem.path, values)}{where}: {problem.what}"]
        if problem.given is not None:
            out.append(f"    given:   {problem.given}")
        out += [f"    allowed: {problem.allowed}", f"    fix:     {problem.fix}"]
    if len(problems) > _SHOWN_PROBLEMS:
        out += ["", f"  ... and {len(problems) - _SHOWN_PROBLEMS} more, which are shown when these are fixed"]
    return "\n".join(out)


def describe_path(path: Path, values: object) -> str:
    """Writes a path as `nodePools[1] (gpu).profiles[0].memory`."""
    out = ""
    for key in path:
        values = child(values, key)
        if isinstance(key, int):
            name = values.get("name") if isinstance(values, Mapping) else None
            out += f"[{key}]"
            if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9._:@-]{1,63}", name):
                out += f" ({name})"
        else:
            out += f".{_key(key)}" if out else _key(key)
    return out or "the settings"


def child(values: object, key: str | int) -> object:
    """The value under a key or at a list position; None when there is none."""
    if isinstance(values, Mapping):
        return values.get(key)
    if isinstance(values, list | tuple) and isinstance(key, int) and 0 <= key < len(values):
        return values[key]
    return None


def at(values: object, path: Path) -> object:
    """The value at a path; None when there is none."""
    for key in path:
        values = child(values, key)
    return values


def show(value: object, path: Path = ()) -> str:
    """Shows a value on one short line without giving secrets away."""
    if any(isinstance(key, str) and _SECRET_KEY.search(key) for key in path):
        return HIDDEN
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return f"a mapping with {_keys(value)}" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if "PRIVATE KEY" in value:
            return HIDDEN
        if "sshKeys" in path:
            kind = re.match(r"(ssh|ecdsa|sk)-[a-z0-9@.-]{1,40} ", value)
            return f'"{kind[0]}..."' if kind else HIDDEN
        return plain(json.dumps(_short(_CREDENTIALS.sub(f"//{HIDDEN}@", value)), ensure_ascii=False))
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() < 256 else "a number of more than 70 digits"
    return f"a {type(value).__name__}"


def plain(text: str) -> str:
    """Makes a text printable on any terminal: no control characters, no lone surrogates."""
    safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in safe)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,63}", key) else f'"{plain(_short(key))}"'


def _keys(value: Mapping[object, object]) -> str:
    names = [_key(str(key)) for key in value]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"{', '.join(names[:4])}{more}"


def _line(path: Path, lines: Mapping[Path, int]) -> int | None:
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None
