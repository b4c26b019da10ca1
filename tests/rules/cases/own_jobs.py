"""Alerts about the platform's own helpers: repair, jobs, the canary."""

from components.service_levels.promise import Promise
from tests.rules.cases.alerts import MINUTES, alert, case, fires
from tests.rules.timeline import TEAM, Case, Points, plain


def cases(promise: Promise) -> list[Case]:
    """Cases of the platform's own helpers."""
    return [remediation(), reasons(), jobs(), canary_fails(promise), canary_silent(promise), canary_gone()]


def remediation() -> Case:
    """A repair failed in the last half hour, also if it is the first that is counted."""
    name = "WorkspaceRemediationFailing"
    one = fires(name, action="restart-pod", severity="warning", slo="selfheal", slo_severity="ticket")
    label = 'action="restart-pod",reason="api"'
    return case(
        "a repair failed in the last half hour",
        [
            plain(f'slate_remediations_total{{{label},result="failed"}}', [(0, "_"), (10, 1), (60, 2)], 120),
            plain(f'slate_remediations_total{{{label},result="done"}}', [(0, "_"), (5, 1), (100, 2)], 120),
        ],
        [
            alert(9, name),
            alert(10, name, one),
            alert(39, name, one),
            alert(41, name),
            alert(59, name),
            alert(60, name, one),
            alert(89, name, one),
            alert(91, name),
        ],
    )


def reasons() -> Case:
    """Failures of all reasons count together: a rare one beside many of another is new all the same."""
    name = "WorkspaceRemediationFailing"
    one = fires(name, action="restart-pod", severity="warning", slo="selfheal", slo_severity="ticket")
    label = 'action="restart-pod",result="failed"'
    return case(
        "a repair failed for another reason than before",
        [
            plain(f'slate_remediations_total{{{label},reason="api"}}', [(0, 5)], 120),
            plain(f'slate_remediations_total{{{label},reason="gone"}}', [(0, 0), (50, 1)], 120),
        ],
        [alert(49, name), alert(51, name, one), alert(79, name, one), alert(81, name)],
    )


def jobs() -> Case:
    """A job of the platform failed today; those of others are not ours."""
    name = "WorkspaceServiceJobFailing"

    def job(namespace: str, job_name: str, failed: float, started: float) -> list[dict[str, str]]:
        labels = f'namespace="{namespace}",job_name="{job_name}"'
        return [
            plain(f"kube_job_status_failed{{{labels}}}", [(0, failed)], 300),
            plain(f"kube_job_status_start_time{{{labels}}}", [(0, started)], 300),
        ]

    one = fires(name, namespace="slate-system", job_name="status-page-1", severity="warning", slo_severity="ticket")
    two = fires(name, namespace="slate-canary", job_name="canary-1", severity="warning", slo_severity="ticket")
    day = 144
    return case(
        "a job of the platform failed in the last day",
        [
            *job("slate-system", "status-page-1", 1, 3600),
            *job("slate-canary", "canary-1", 1, 36000),
            *job("slate-system", "good", 0, 3600),
            *job("production", "other", 1, 3600),
            # A second kube-state-metrics has not heard of the failure.
            plain(
                'kube_job_status_failed{namespace="slate-canary",job_name="canary-1",instance="ksm-1"}', [(0, 0)], 300
            ),
        ],
        [
            alert(1, name),
            alert(3, name, one, two),
            alert(20, name, one, two),
            alert(day + 30, name, two),
            alert(day + 100, name),
        ],
        600,
    )


def canary_fails(promise: Promise) -> Case:
    """Two failed starts in three rounds call a person at once; one does not."""
    name = "WorkspaceCanaryFailing"
    one = fires(name, namespace="slate-canary", severity="critical", slo="startup", slo_severity="page")
    period = (promise.canary_period or 0) // MINUTES
    failed: Points = [(0, 0), (5, 1), (6, 0), (5 + 2 * period, 1), (6 + 2 * period, 0)]
    last = 8 * period
    return case(
        "the canary fails twice in three rounds",
        [
            plain('namespace:workspace_starts_failed:count{namespace="slate-canary"}', failed, last),
            plain(f'namespace:workspace_starts_failed:count{{namespace="{TEAM}"}}', [(0, 1)], last),
            plain('namespace:workspace_starts_good:count{namespace="slate-canary"}', [(0, 1)], last),
        ],
        [
            alert(4 + 2 * period, name),
            alert(6 + 2 * period, name, one),
            alert(4 + 3 * period, name, one),
            alert(6 + 3 * period, name),
        ],
    )


def canary_silent(promise: Promise) -> Case:
    """Neither good nor failed starts for six rounds."""
    name = "WorkspaceCanaryAbsent"
    one = fires(name, namespace="slate-canary", severity="warning", slo="startup", slo_severity="ticket")
    period = (promise.canary_period or 0) // MINUTES
    last = 20 * period
    good: Points = [(0, 0), (5, 1), (6, 0)]
    failed: Points = [(0, 0), (5 + period, 1), (6 + period, 0)]
    silent = 6 + 7 * period
    return case(
        "the canary was not started for six rounds",
        [
            plain('namespace:workspace_starts_good:count{namespace="slate-canary"}', good, last),
            plain('namespace:workspace_starts_failed:count{namespace="slate-canary"}', failed, last),
        ],
        # A good one and a failed one do not cancel each other out.
        [
            alert(6 + 4 * period, name),
            alert(silent - 2, name),
            alert(silent + 12, name),
            alert(silent + 17, name, one),
        ],
    )


def canary_gone() -> Case:
    """The canary is not there at all."""
    name = "WorkspaceCanaryAbsent"
    one = fires(name, namespace="slate-canary", severity="warning", slo="startup", slo_severity="ticket")
    return case("there is no canary", [], [alert(14, name), alert(15, name, one)])
