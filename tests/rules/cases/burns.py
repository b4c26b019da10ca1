"""Burn alerts: each pair of windows by itself, and the whole way from workspaces to a page."""

from components.service_levels.promise import BUDGETS, Promise, seconds
from tests.rules.timeline import ALERTS, ALL, Case, Check, Points, Workspace, all_of, firing, plain

ALERT = ("slate-alerts",)
NAMES = {"availability": "WorkspaceAvailabilityBudgetBurn", "startup": "WorkspaceStartupBudgetBurn"}
SEVERITY = {"page": "critical", "ticket": "warning"}
WAIT = {"page": 2, "ticket": 15}
"""Minutes that an alert waits."""

STEP = 60
PHASE = 30


def cases(promise: Promise) -> list[Case]:
    """Cases of burn alerts."""
    pairs = [
        pair(promise, slo, urgency, position)
        for slo in BUDGETS
        for urgency in SEVERITY
        for position in range(len(promise.burns(slo, urgency)))
    ]
    return [*pairs, one_of_ten(promise), from_workspaces(promise)]


def pair(promise: Promise, slo: str, urgency: str, position: int) -> Case:
    """A pair fires when both windows are just above the limit, and not when one of its conditions is just not met."""
    burn = promise.burns(slo, urgency)[position]
    limit, least = burn["factor"] * promise.budget(slo), burn.get("events", 0)
    above, below = limit * 1.001, limit * 0.999

    def phases(*numbers: float) -> Points:
        return [(index * PHASE, number) for index, number in enumerate(numbers)]

    long, short = phases(above, below, above, above, above), phases(above, above, below, above, above)
    labels = f'service="workspace",slo="{slo}"'
    last = 5 * PHASE
    given = [
        plain(f'slo:sli_error:ratio_rate{burn[end]}{{{labels},window="{burn[end]}"}}', points, last)
        for end, points in (("long", long), ("short", short))
    ]
    if slo == "availability":
        # Of the long window, there is a little less than the error needs to be that much of the whole window.
        coverage = {"long": phases(1, 1, 1, 0.99, 1), "short": phases(1, 1, 1, 1, 1)}
        given += [
            plain(f'slo:sli_coverage:ratio{burn[end]}{{{labels},window="{burn[end]}"}}', points, last)
            for end, points in coverage.items()
        ]
    else:
        events = phases(least, least, least, least - 1, least)
        name = f'slo:sli_bad_events:sum{burn["long"]}{{{labels},window="{burn["long"]}"}}'
        given.append(plain(name, events, last))
    full = (
        f'ALERTS{{alertname="{NAMES[slo]}", alertstate="firing", service="workspace", severity="{SEVERITY[urgency]}", '
        f'slo="{slo}", slo_severity="{urgency}"}}'
    )
    alerts = f'ALERTS{{alertname="{NAMES[slo]}",alertstate="firing"}}'
    wait = WAIT[urgency]
    return Case(
        f"{slo}, {urgency}: {burn['factor']:g} in {burn['long']} and {burn['short']}",
        ALERT,
        given,
        [
            Check(wait - 1, alerts, ()),
            Check(wait, alerts, ((full, 1),)),
            Check(PHASE - 1, alerts, ((full, 1),)),
            *(Check(phase * PHASE - 1, alerts, ()) for phase in (2, 3, 4)),
            Check(5 * PHASE - 1, alerts, ((full, 1),)),
        ],
        STEP,
    )


def one_of_ten(promise: Promise) -> Case:
    """One of ten down on the first day: paged when its share of a whole window is gone, and no sooner."""
    share = 0.1
    waits = [
        burn["factor"] * promise.budget("availability") * seconds(burn["long"]) / share / promise.interval
        for burn in promise.burns("availability", "page")
    ]
    begin, due = 20, round(min(waits))
    paged = begin + due + 120 // promise.interval
    last = paged + 40
    alert = "WorkspaceAvailabilityBudgetBurn__page"
    down: Points = [(0, 10), (begin, 9)]
    return Case(
        "first day, one of ten down: paged when its part of a whole window is gone",
        ALERTS,
        [
            plain("fleet:workspaces_eligible:count", [(0, 10)], last),
            plain("fleet:workspaces_available:count", down, last),
        ],
        [firing(begin, **{alert: 0}), firing(paged - 3, **{alert: 0}), firing(paged + 3, **{alert: 1})],
        promise.interval,
    )


def from_workspaces(promise: Promise) -> Case:
    """From pods to a page: every workspace of a small fleet goes down at once."""
    grace = promise.deadline // promise.interval
    down = grace + 10
    waits = [
        burn["factor"] * promise.budget("availability") * seconds(burn["long"]) / promise.interval
        for burn in promise.burns("availability", "page")
    ]
    paged = down + round(min(waits)) + 120 // promise.interval
    last = paged + 20
    fleet = [Workspace(f"w{number}", promise, last).running(down=[(down, last + 1)]) for number in range(4)]
    return Case(
        "the whole fleet down is a page within minutes, and single repairs stop",
        ALL,
        all_of(*fleet),
        [
            firing(down - 1, WorkspaceAvailabilityBudgetBurn__page=0, WorkspaceManyDown=0, WorkspaceDown=0),
            firing(down + 3, WorkspaceManyDown=1),
            firing(paged + 3, WorkspaceAvailabilityBudgetBurn__page=1),
        ],
        promise.interval,
    )
