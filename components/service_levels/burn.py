"""Burn alerts: an error budget is used up so fast that it will not last.

Source: Google's SRE workbook, "Alerting on SLOs", multiple windows and burn rates. Burning at a factor f for the long
window uses f * window / 30 days of the budget; the short window ends the alert soon after the fault.
"""

from components.service_levels.args import BurnArgs
from components.service_levels.promise import BUDGETS, Promise
from components.service_levels.promql import Rule
from components.service_levels.runbooks import alert

_ALERTS = {
    "availability": ("WorkspaceAvailabilityBudgetBurn", "The time that workspaces may be down is used up too fast."),
    "startup": ("WorkspaceStartupBudgetBurn", "The starts that may fail are used up too fast."),
}
_URGENCIES = {"page": ("critical", "2m"), "ticket": ("warning", "15m")}


def burn_alerts(promise: Promise) -> list[Rule]:
    """One alert for each promise with a budget and each urgency, with any of its pairs of windows."""
    return [_alert(promise, slo, urgency) for slo in BUDGETS for urgency in _URGENCIES]


def _alert(promise: Promise, slo: str, urgency: str) -> Rule:
    name, summary = _ALERTS[slo]
    severity, wait = _URGENCIES[urgency]
    pairs = [f"(\n{_pair(promise, slo, burn)}\n)" for burn in promise.burns(slo, urgency)]
    description = "{{ $value | humanizePercentage }} failed in the longer window that fired."
    return alert(
        promise,
        name,
        "\nor\n".join(pairs),
        severity=severity,
        summary=summary,
        description=description,
        wait=wait,
        slo=slo,
        slo_severity=urgency,
    )


def _pair(promise: Promise, slo: str, burn: BurnArgs) -> str:
    limit = f"{burn['factor']:g} * {promise.budget(slo)}"
    both = "\n  and\n".join(f"  max without (window) ({_error(slo, burn[end])} > {limit})" for end in ("long", "short"))
    events = int(burn.get("events", 0))
    if not events or slo != "startup":
        return both
    return f'{both}\n  and\n  max without (window) (slo:sli_bad_events:sum{burn["long"]}{{slo="{slo}"}} >= {events})'


def _error(slo: str, window: str) -> str:
    """The error ratio; that of time in proportion to what there is of the window.

    In its first hours an installation has no six hours to look back on: one bad minute of ten would look like a tenth
    of them. What starts need instead is a number of failures.
    """
    ratio = f'slo:sli_error:ratio_rate{window}{{slo="{slo}"}}'
    return f'{ratio} * slo:sli_coverage:ratio{window}{{slo="{slo}"}}' if slo == "availability" else ratio
