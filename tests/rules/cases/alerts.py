"""All other alerts, each with what is just enough and what is just not."""

from collections.abc import Sequence

from components.service_levels.promise import Promise
from tests.rules.timeline import ALL, TEAM, Case, Check, Points, plain

ALERT = ("slate-alerts",)
MINUTES = 60


def cases(promise: Promise) -> list[Case]:
    """Cases of alerts."""
    return [
        budget_spent(promise),
        starts_spent(promise),
        healing(promise),
        cold_start(promise),
        cold_start_long_ago(promise),
        one_down(promise),
        many_down(promise),
        few_down(promise),
        no_data(promise),
        incomplete(),
    ]


def fires(name: str, **labels: str) -> str:
    """The alert's own series, with all of its labels."""
    inside = ", ".join(
        f'{key}="{text}"'
        for key, text in sorted({"alertname": name, "alertstate": "firing", "service": "workspace", **labels}.items())
    )
    return f"ALERTS{{{inside}}}"


def alert(step: float, name: str, *series: str) -> Check:
    """Which alerts of a name fire at a step."""
    return Check(step, f'ALERTS{{alertname="{name}",alertstate="firing"}}', tuple((one, 1) for one in series))


def phases(length: int, *numbers: float | str | None) -> Points:
    """A series that changes after so many steps."""
    return [(index * length, number) for index, number in enumerate(numbers)]


def case(title: str, given: Sequence[dict[str, str]], checks: list[Check], step: int = MINUTES) -> Case:
    """A case of alerts alone, whose series are given; a step is a minute."""
    return Case(title, ALERT, list(given), checks, step)


def budget_spent(promise: Promise) -> Case:
    """The budget of availability: the error in proportion to what there is of 30 days."""
    name, budget = "WorkspaceErrorBudgetExhausted", promise.budget("availability")
    labels = 'service="workspace",slo="availability",window="30d"'
    error = phases(30, budget * 1.001, budget * 0.999, budget * 1.001, budget * 1.001)
    one = fires(name, severity="warning", slo="availability", slo_severity="ticket")
    return case(
        "the budget of availability is spent",
        [
            plain(f"slo:sli_error:ratio_rate30d{{{labels}}}", error, 120),
            plain(f"slo:sli_coverage:ratio30d{{{labels}}}", phases(30, 1, 1, 0.99, 1), 120),
        ],
        [alert(14, name), alert(15, name, one), alert(59, name), alert(89, name), alert(119, name, one)],
    )


def starts_spent(promise: Promise) -> Case:
    """The budget of starts: one failure alone does not spend it."""
    name, budget = "WorkspaceErrorBudgetExhausted", promise.budget("startup")
    labels = 'service="workspace",slo="startup",window="30d"'
    error = phases(30, budget * 1.001, budget * 0.999, budget * 1.001, budget * 1.001)
    one = fires(name, severity="warning", slo="startup", slo_severity="ticket")
    return case(
        "the budget of starts is spent",
        [
            plain(f"slo:sli_error:ratio_rate30d{{{labels}}}", error, 120),
            plain(f"slo:sli_bad_events:sum30d{{{labels}}}", phases(30, 2, 2, 1, 2), 120),
        ],
        [alert(14, name), alert(15, name, one), alert(59, name), alert(89, name), alert(119, name, one)],
    )


def healing(promise: Promise) -> Case:
    """Fewer outages healed than promised, and enough of them to say so."""
    name, budget = "WorkspaceSelfHealingBelowObjective", promise.budget("selfheal")
    labels = 'service="workspace",slo="selfheal",window="30d"'
    error = phases(30, budget * 1.01, budget * 0.99, budget * 1.01, budget * 1.01)
    one = fires(name, severity="warning", slo="selfheal", slo_severity="ticket")
    return case(
        "healing is below what is promised, over enough outages",
        [
            plain(f"slo:sli_error:ratio_rate30d{{{labels}}}", error, 120),
            plain(f"slo:sli_events:sum30d{{{labels}}}", phases(30, 10, 10, 9, 10), 120),
        ],
        [alert(14, name), alert(15, name, one), alert(59, name), alert(89, name), alert(119, name, one)],
    )


def cold_start(promise: Promise) -> Case:
    """The mean of a day is over the target, and ten starts stand behind it."""
    name = "WorkspaceColdStartSlow"
    mean = phases(30, promise.fast + 1, promise.fast, promise.fast + 1)
    one = fires(name, severity="warning", slo="coldstart", slo_severity="ticket")
    good: Points = [(0, 9), (1, 0), (45, 1), (46, 0)]
    return case(
        "starts are slow on average, and there are enough of them",
        [
            plain("fleet:workspace_start_seconds:mean1d", mean, 120),
            plain("fleet:workspace_starts_good:count", good, 120),
        ],
        [alert(29, name), alert(59, name), alert(74, name), alert(75, name, one)],
    )


def cold_start_long_ago(promise: Promise) -> Case:
    """Starts of the day before stand behind nothing."""
    name, day = "WorkspaceColdStartSlow", 144
    one = fires(name, severity="warning", slo="coldstart", slo_severity="ticket")
    return case(
        "the starts of a day before do not stand behind the mean of this one",
        [
            plain("fleet:workspace_start_seconds:mean1d", [(0, promise.fast + 1)], day + 30),
            plain("fleet:workspace_starts_good:count", [(0, 20), (1, 0)], day + 30),
        ],
        [alert(day - 20, name, one), alert(day + 20, name)],
        600,
    )


def one_down(promise: Promise) -> Case:
    """A workspace that is down is the machine's after two minutes, and a person's after the limit."""
    reach, soon = promise.limit // promise.interval, -(-promise.repair_after // promise.interval)
    labels = {"namespace": TEAM, "workspace": "w"}
    machine = fires("WorkspaceDown", severity="info", remediation="restart-pod", **labels)
    person = fires("WorkspaceNotHealed", severity="critical", slo="selfheal", slo_severity="page", **labels)
    down: Points = [(0, 1), (10, 0), (2 * reach, 1)]
    return case(
        "down: repaired by the machine at first, then a person is called",
        [plain(f'namespace_workspace:available:bool{{namespace="{TEAM}",workspace="w"}}', down, 3 * reach)],
        [
            alert(10 + soon - 1, "WorkspaceDown"),
            alert(10 + soon, "WorkspaceDown", machine),
            alert(10 + reach - 1, "WorkspaceNotHealed"),
            alert(10 + reach, "WorkspaceNotHealed", person),
            alert(2 * reach + 1, "WorkspaceDown"),
            alert(2 * reach + 1, "WorkspaceNotHealed"),
        ],
        promise.interval,
    )


def many_down(promise: Promise) -> Case:
    """Three at once, and more than a fifth."""
    name = "WorkspaceManyDown"
    one = fires(name, severity="info", slo="availability")
    return case(
        "many are down at once",
        [
            plain("fleet:workspaces_eligible:count", phases(10, 14, 15, 14, 14), 40),
            plain("fleet:workspaces_available:count", phases(10, 11, 12, 14, 11), 40),
        ],
        [alert(0, name), alert(1, name, one), alert(19, name), alert(29, name), alert(39, name, one)],
        promise.interval,
    )


def few_down(promise: Promise) -> Case:
    """Two of two are no fleet: they are repaired one by one."""
    return case(
        "two of two down are repaired one by one, and an empty fleet is no fault",
        [
            plain("fleet:workspaces_eligible:count", phases(10, 2, 0, 4), 30),
            plain("fleet:workspaces_available:count", phases(10, 0, 0, 2), 30),
        ],
        [alert(step, "WorkspaceManyDown") for step in (9, 19, 29)],
        promise.interval,
    )


def no_data(promise: Promise) -> Case:
    """Nothing is seen: a person is called after five minutes."""
    name = "WorkspaceSLIMissing"
    one = fires(name, severity="critical", slo_severity="page")
    wait = 300 // promise.interval
    seen = f'kube_statefulset_replicas{{namespace="{TEAM}",statefulset="a"}}'
    return Case(
        "no data calls a person, and data ends that",
        ALL,
        [plain(seen, [(0, "_"), (wait + 10, 1)], wait + 30)],
        [alert(wait - 1, name), alert(wait + 1, name, one), alert(wait + 12, name)],
        promise.interval,
    )


def incomplete() -> Case:
    """A twentieth of a day is missing, and there was somebody to measure at its begin; on the first day nobody was."""
    name = "WorkspaceMeasurementIncomplete"
    labels = 'service="workspace",slo="availability",window="1d"'
    one = fires(name, severity="warning", slo="availability", slo_severity="ticket")
    day = 144
    coverage: Points = [(0, 0.949), (day + 50, 0.951), (day + 80, 0.949)]
    # At first a single sample of workspaces that are all asleep.
    seen: Points = [(0, 0), (1, "_"), (20, 1)]
    return case(
        "a part of the day was not measured; a first day is no such day",
        [
            plain(f"slo:sli_coverage:ratio1d{{{labels}}}", coverage, day + 100),
            plain("fleet:workspaces_eligible:count", seen, day + 100),
        ],
        [
            alert(day - 20, name),
            alert(day + 1, name),
            alert(day + 3, name, one),
            alert(day + 9, name),
            alert(day + 40, name, one),
            alert(day + 70, name),
            alert(day + 95, name, one),
        ],
        600,
    )
