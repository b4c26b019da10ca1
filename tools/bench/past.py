"""A made-up past of the sums that windows of days read, so that a benchmark reads what will be read after a month."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tools.bench import facts

STEP_SECONDS = 30
_RANGE = re.compile(r"\b((?:fleet|namespace):[a-z_:]+)(?:\{[^}]*\})?\[(\d+)d\]")


def windows(rules: str) -> dict[str, int]:
    """Returns the sums that windows of days are made of, each with the days of its longest window."""
    found: dict[str, int] = {}
    for name, days in _RANGE.findall(rules):
        found[name] = max(found.get(name, 0), int(days))
    return found


def history(sums: Mapping[str, int], projects: Sequence[str], now: int, longest_days: int) -> Iterator[str]:
    """Yields the lines of an OpenMetrics file with a past for each sum, without the last two hours.

    Args:
        sums: Names of the sums, each with the days of its longest window.
        projects: Namespaces; sums whose names begin with `namespace:` have a series for each.
        now: The present, in seconds since 1970.
        longest_days: No past is longer.
    """
    for name, days in sorted(sums.items()):
        yield f"# TYPE {name} unknown"
        spaces = [f'{{namespace="{project}"}}' for project in projects] if name.startswith("namespace:") else [""]
        value = len(spaces[0]) and facts.PER_PROJECT // 2
        for labels in spaces:
            for moment in range(now - min(days, longest_days) * 86400, now - 7200, STEP_SECONDS):
                yield f"{name}{labels} {value} {moment}"
    yield "# EOF"
