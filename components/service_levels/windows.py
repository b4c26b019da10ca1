"""Error ratios over windows, budgets, means and coverage: for the fleet, and over 30 days for each project.

Every ratio is a ratio of sums, as an average of averages weighs a quiet night like a busy day. A ratio is absent where
nothing was observed: "no data" is never 100 %. Names are those of Sloth and of Google's SRE workbook.

A sum over 30 days reads 86,400 samples a series. Each is made once, and all that looks so far back is made from these.
"""

from collections.abc import Sequence

from components.service_levels.promise import BUDGETS, FLEET, Promise, seconds
from components.service_levels.promql import Group, Rule, group, record

SLOW = "3m"
"""Interval of the slow groups: under Prometheus' look-back of 5 minutes, as instant selectors read their series."""

MONTH = "30d"
DAY = "1d"
MEANS = ("1h", DAY, MONTH)

_SERVICE = "workspace"
_SUMMED = (
    "workspaces_eligible:count",
    "workspaces_available:count",
    "workspace_starts_failed:count",
    "workspace_starts_good:count",
)
"""What projects are judged by over 30 days."""

_FLEET_SUMMED = (
    *_SUMMED,
    "workspaces_unknown:count",
    "workspace_start_seconds:sum",
    "workspace_incidents_unhealed:count",
    "workspace_incidents_healed:count",
)
_COUNTS = {
    "startup": ("workspace_starts_failed:count", "workspace_starts_good:count"),
    "selfheal": ("workspace_incidents_unhealed:count", "workspace_incidents_healed:count"),
}
"""Bad and good events of the promises that count events."""


def windows(promise: Promise) -> list[Group]:
    """Groups of recording rules: short windows at every evaluation, long ones at a slower pace."""
    found = [*_ratios(promise), *_coverage(promise), *_failures(promise), *_means()]
    fast = [rule for window, rule in found if seconds(window) < seconds(DAY)]
    slow = [rule for window, rule in found if seconds(window) >= seconds(DAY)]
    return [
        group("slate-windows-short", f"{promise.interval}s", fast),
        group("slate-windows-long", SLOW, [*_month("fleet", _FLEET_SUMMED), *slow, pessimistic()]),
        group("slate-budgets", SLOW, budgets(promise)),
        group("slate-projects", SLOW, projects(promise)),
    ]


def total(series: str, window: str) -> str:
    """Sum of a series over a window; that over 30 days is recorded."""
    return f"{series.rpartition(':')[0]}:sum30d" if window == MONTH else f"sum_over_time({series}[{window}])"


def error(slo: str, window: str, level: str = "fleet") -> str:
    """Share of bad over a window.

    Args:
        slo: The promise.
        window: The window.
        level: `fleet`, or `namespace` for each project.
    """
    if slo == "availability":
        up = total(f"{level}:workspaces_available:count", window)
        judged = total(f"{level}:workspaces_eligible:count", window)
        return f"1 -\n    {up}\n  /\n    ({judged} > 0)"
    bad, good = (total(f"{level}:{count}", window) for count in _COUNTS[slo])
    return f"  {bad}\n/\n  ({bad} + {good} > 0)"


def pessimistic() -> Rule:
    """The 30 day error of availability with all unknown time as down, to be published beside the other."""
    judged, unseen = total("fleet:workspaces_eligible:count", MONTH), total("fleet:workspaces_unknown:count", MONTH)
    up = total("fleet:workspaces_available:count", MONTH)
    ratio = f"1 -\n    {up}\n  /\n    ({judged} + ({unseen} or 0 * {judged}) > 0)"
    return record("slo:sli_error_pessimistic:ratio_rate30d", ratio, **_labels("availability", MONTH))


def budgets(promise: Promise) -> list[Rule]:
    """Objectives and budgets as series, for dashboards, and what is left of each budget: 1 at first, 0 when spent."""
    rules = []
    for slo, objective in promise.objectives.items():
        rules.append(record("slo:objective:ratio", f"vector({objective})", slo=slo, service=_SERVICE))
        rules.append(record("slo:error_budget:ratio", f"vector({promise.budget(slo)})", slo=slo, service=_SERVICE))
    left = "slo:sli_error:ratio_rate30d\n  / on (service, slo) group_left ()\n    slo:error_budget:ratio"
    return [*rules, record("slo:error_budget_remaining:ratio30d", f"1 -\n    {left}")]


def projects(promise: Promise) -> list[Rule]:
    """What each project had over 30 days: credits are a project's, and one of many is lost in the fleet's number."""
    rules = _month("namespace", _SUMMED, f"{{{FLEET}}}")
    for slo in BUDGETS:
        labels = _labels(slo, MONTH)
        rules.append(record("namespace:sli_error:ratio_rate30d", error(slo, MONTH, "namespace"), **labels))
        left = f'1 - namespace:sli_error:ratio_rate30d{{slo="{slo}"}} / {promise.budget(slo)}'
        rules.append(record("namespace:error_budget_remaining:ratio30d", left, **labels))
    return rules


def _month(level: str, summed: Sequence[str], selector: str = "") -> list[Rule]:
    return [
        record(total(f"{level}:{series}", MONTH), f"sum_over_time({level}:{series}{selector}[{MONTH}])")
        for series in summed
    ]


def _ratios(promise: Promise) -> list[tuple[str, Rule]]:
    wanted = {slo: [*promise.windows(slo), DAY, MONTH] for slo in BUDGETS} | {"selfheal": [MONTH]}
    return [
        (window, record(f"slo:sli_error:ratio_rate{window}", error(slo, window), **_labels(slo, window)))
        for slo, windows in wanted.items()
        for window in sorted(set(windows), key=seconds)
    ]


def _coverage(promise: Promise) -> list[tuple[str, Rule]]:
    """Share of a window's evaluations that exist: less than 1 in a young installation, and after blind times."""
    found = []
    for window in sorted({*promise.windows("availability"), DAY, MONTH}, key=seconds):
        expected = seconds(window) // promise.interval
        share = f"clamp_max(count_over_time(fleet:workspaces_eligible:count[{window}]) / {expected}, 1)"
        labels = _labels("availability", window)
        found.append((window, record(f"slo:sli_coverage:ratio{window}", share, **labels)))
    return found


def _failures(promise: Promise) -> list[tuple[str, Rule]]:
    """Failed starts in the long windows of their burn alerts, and all events over 30 days."""
    pairs = [burn for urgency in ("page", "ticket") for burn in promise.burns("startup", urgency)]
    failed = "fleet:workspace_starts_failed:count"
    found = [
        (window, record(f"slo:sli_bad_events:sum{window}", total(failed, window), **_labels("startup", window)))
        for window in sorted({*(burn["long"] for burn in pairs), MONTH}, key=seconds)
    ]
    for slo, counts in _COUNTS.items():
        both = " + ".join(total(f"fleet:{count}", MONTH) for count in counts)
        found.append((MONTH, record("slo:sli_events:sum30d", both, **_labels(slo, MONTH))))
    return found


def _means() -> list[tuple[str, Rule]]:
    """Mean seconds of the starts that succeeded; to be read beside the share that did."""
    return [
        (
            window,
            record(
                f"fleet:workspace_start_seconds:mean{window}",
                f"  {total('fleet:workspace_start_seconds:sum', window)}\n/\n"
                f"  ({total('fleet:workspace_starts_good:count', window)} > 0)",
            ),
        )
        for window in MEANS
    ]


def _labels(slo: str, window: str) -> dict[str, str]:
    return {"service": _SERVICE, "slo": slo, "window": window}
