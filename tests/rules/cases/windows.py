"""Windows, budgets, means and coverage, from counts that are given."""

from components.service_levels.promise import BUDGETS, Promise, seconds
from components.service_levels.windows import DAY, MEANS, MONTH
from tests.rules.timeline import TEAM, WINDOWS, Case, Check, Points, plain, value

SAMPLES = 10
"""Samples in a window."""

SEEN = 6
"""Samples in a window that tell of workspaces."""

ELIGIBLE, UP, FAILED, GOOD, TIME, UNHEALED, HEALED = 10, 9, 1, 3, 60, 1, 3


def cases(promise: Promise) -> list[Case]:
    """Cases of windows."""
    windows = {*MEANS, DAY, MONTH, *(window for slo in BUDGETS for window in promise.windows(slo))}
    each = [one_window(promise, window) for window in sorted(windows, key=seconds)]
    return [*each, ratio_of_sums(), nothing(promise), little(promise), promised(promise)]


def one_window(promise: Promise, window: str) -> Case:
    """What lies in a window counts, what lies before it does not.

    No sample lies on the far edge, which Prometheus 2.x takes in and 3.x does not.
    """
    edge, last = SAMPLES, 2 * SAMPLES
    named = f'window="{window}"'

    def series(name: str, before: float, inside: float) -> dict[str, str]:
        # Workspaces were seen in a part of the window only.
        begin = last - SEEN + 1 if "workspaces" in name else edge + 1
        points: Points = [(0, before), (edge, "_"), (begin, inside)]
        return plain(name, points, last)

    def ratio(name: str, slo: str, expected: float, level: str = "slo") -> Check:
        labels = f'service="workspace", slo="{slo}", {named}'
        inside = f'namespace="{TEAM}", {labels}' if level == "namespace" else labels
        return value(last, f'{level}:{name}{window}{{slo="{slo}"}}', expected, f"{{{inside}}}")

    down, failing = 1 - UP / ELIGIBLE, FAILED / (FAILED + GOOD)
    covered = min(1, SEEN / (seconds(window) // promise.interval))
    checks: list[Check] = []
    if window in (*promise.windows("availability"), DAY, MONTH):
        checks += [ratio("sli_error:ratio_rate", "availability", down)]
        checks += [ratio("sli_coverage:ratio", "availability", covered)]
    if window in (*promise.windows("startup"), DAY, MONTH):
        checks += [ratio("sli_error:ratio_rate", "startup", failing)]
    if window in (*(burn["long"] for kind in ("page", "ticket") for burn in promise.burns("startup", kind)), MONTH):
        checks += [ratio("sli_bad_events:sum", "startup", SAMPLES * FAILED)]
    if window in MEANS:
        checks += [value(last, f"fleet:workspace_start_seconds:mean{window}", TIME / GOOD)]
    if window == MONTH:
        unhealed = UNHEALED / (UNHEALED + HEALED)
        checks += [
            ratio("sli_error:ratio_rate", "selfheal", unhealed),
            ratio("sli_error_pessimistic:ratio_rate", "availability", 1 - UP / (ELIGIBLE + 2)),
            ratio("sli_events:sum", "startup", SAMPLES * (FAILED + GOOD)),
            ratio("sli_events:sum", "selfheal", SAMPLES * (UNHEALED + HEALED)),
            ratio("error_budget_remaining:ratio", "availability", 1 - down / promise.budget("availability")),
            ratio("error_budget_remaining:ratio", "startup", 1 - failing / promise.budget("startup")),
            ratio("error_budget_remaining:ratio", "selfheal", 1 - unhealed / promise.budget("selfheal")),
            ratio("sli_error:ratio_rate", "availability", down, "namespace"),
            ratio("sli_error:ratio_rate", "startup", failing, "namespace"),
            ratio(
                "error_budget_remaining:ratio", "availability", 1 - down / promise.budget("availability"), "namespace"
            ),
            ratio("error_budget_remaining:ratio", "startup", 1 - failing / promise.budget("startup"), "namespace"),
            value(last, "count(namespace:sli_error:ratio_rate30d)", 2),
            value(last, "count({__name__=~'namespace:.*:sum30d'})", 4),
        ]
    counts = {
        "workspaces_eligible:count": (100, ELIGIBLE),
        "workspaces_available:count": (40, UP),
        "workspace_starts_failed:count": (100, FAILED),
        "workspace_starts_good:count": (40, GOOD),
        "workspace_start_seconds:sum": (1000, TIME),
        "workspace_incidents_unhealed:count": (100, UNHEALED),
        "workspace_incidents_healed:count": (40, HEALED),
    }
    given = [series(f"fleet:{name}", *pair) for name, pair in counts.items()]
    given += [series(f'namespace:{name}{{namespace="{TEAM}"}}', *pair) for name, pair in counts.items()]
    given += [series(f'namespace:{name}{{namespace="slate-canary"}}', *pair) for name, pair in counts.items()]
    given.append(series("fleet:workspaces_unknown:count", 100, 2))
    step = seconds(window) // SAMPLES
    return Case(f"the window of {window} holds what lies in it, and nothing else", WINDOWS, given, checks, step)


def ratio_of_sums() -> Case:
    """A hundred users by day and one, down, by night: 1 of 101 was bad, not half of it."""
    half_days = 60
    last = half_days * 2 - 1

    def pattern(day: float, night: float) -> Points:
        return [(2 * number, night if number % 2 else day) for number in range(half_days)]

    given = {
        "workspaces_eligible:count": (100, 1),
        "workspaces_available:count": (100, 0),
        "workspace_starts_failed:count": (0, 1),
        "workspace_starts_good:count": (200, 1),
        "workspace_start_seconds:sum": (4000, 100),
    }
    error = 'sum(slo:sli_error:ratio_rate30d{slo="%s"})'
    return Case(
        "30 days are a ratio of sums: a busy day weighs more than a quiet night",
        WINDOWS,
        [plain(f"fleet:{name}", pattern(*pair), last) for name, pair in given.items()],
        [
            value(last, error % "availability", 1 / 101),
            value(last, error % "startup", 1 / 202),
            value(last, "fleet:workspace_start_seconds:mean30d", 4100 / 201),
            # Without any unknown time both numbers agree.
            value(last, "sum(slo:sli_error_pessimistic:ratio_rate30d)", 1 / 101),
        ],
        6 * 3600,
    )


def nothing(promise: Promise) -> Case:
    """Nothing to judge gives no ratio at all: neither 100 % nor a division by zero."""
    names = (
        "workspaces_eligible:count",
        "workspaces_available:count",
        "workspace_starts_failed:count",
        "workspace_starts_good:count",
        "workspace_start_seconds:sum",
        "workspace_incidents_unhealed:count",
        "workspace_incidents_healed:count",
    )
    zeros = [plain(f"fleet:{name}", [(0, 0)], 20) for name in names]
    zeros += [plain(f'namespace:{name}{{namespace="{TEAM}"}}', [(0, 0)], 20) for name in names]
    absent = ("slo:sli_error.*", "slo:error_budget_remaining.*", "namespace:.*ratio.*", "fleet:.*mean.*")
    return Case(
        "no workspaces and no starts: no ratio, not 100 %",
        WINDOWS,
        zeros,
        [value(18, f'{{__name__=~"{name}"}}', None) for name in absent],
        promise.interval,
    )


def little(promise: Promise) -> Case:
    """One good thing seen once is a ratio already, in every window."""
    once: Points = [(0, 0), (18, 1)]
    bad = ("workspace_starts_failed:count", "workspace_incidents_unhealed:count")
    good = (
        "workspaces_eligible:count",
        "workspaces_available:count",
        "workspace_starts_good:count",
        "workspace_start_seconds:sum",
        "workspace_incidents_healed:count",
    )
    given = [plain(f"fleet:{name}", [(0, 0)], 20) for name in bad] + [plain(f"fleet:{name}", once, 20) for name in good]
    given += [plain(f'namespace:{name}{{namespace="{TEAM}"}}', [(0, 0)], 20) for name in bad]
    given += [plain(f'namespace:{name}{{namespace="{TEAM}"}}', once, 20) for name in good]
    of_fleet = sum(len({*promise.windows(slo), DAY, MONTH}) for slo in BUDGETS) + 1
    return Case(
        "one event is enough for a ratio",
        WINDOWS,
        given,
        [
            value(18, 'count({__name__=~"slo:sli_error:ratio_rate.*"} == 0)', of_fleet),
            value(18, 'count({__name__=~"namespace:sli_error:ratio_rate.*"} == 0)', len(BUDGETS)),
            value(18, 'count({__name__=~"fleet:workspace_start_seconds:mean.*"} == 1)', len(MEANS)),
            value(18, "sum(slo:sli_error_pessimistic:ratio_rate30d)", 0),
        ],
        promise.interval,
    )


def promised(promise: Promise) -> Case:
    """Objectives and budgets are series."""
    checks = []
    for slo, objective in promise.objectives.items():
        labels = f'{{service="workspace", slo="{slo}"}}'
        checks.append(value(5, f'slo:objective:ratio{{slo="{slo}"}}', objective, labels))
        checks.append(value(5, f'slo:error_budget:ratio{{slo="{slo}"}}', 1 - objective, labels))
    return Case("objectives and budgets are those of the settings", WINDOWS, [], checks, promise.interval)
