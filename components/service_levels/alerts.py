"""Alerts: budgets that burn, workspaces that are down, and measuring that has stopped.

Each has a page in docs/runbooks. Severity `critical` calls a person, `warning` makes a ticket, `info` is for machines.
"""

from components.service_levels.burn import burn_alerts
from components.service_levels.promise import CANARY_NAMESPACE, JOBS, Promise
from components.service_levels.promql import AVAILABLE, OBSERVED, Group, Rule, group
from components.service_levels.runbooks import alert

FEW = 10
"""Events under which a share says too little: 9 of 10 healed is anything from 60 to 98 % (95 % interval)."""

MANY = 3
MANY_SHARE = 0.2
FAILED_CANARIES = 2
COVERED = 0.95


def alerts(promise: Promise) -> list[Group]:
    """Groups of alerting rules."""
    rules = [
        *burn_alerts(promise),
        *_objectives(promise),
        *_workspaces(promise),
        *_measuring(promise),
        *_own_jobs(promise),
    ]
    return [group("slate-alerts", f"{promise.interval}s", rules)]


def _objectives(promise: Promise) -> list[Rule]:
    healing = f"{promise.objectives['selfheal'] * 100:g} %"
    spent = (
        '(\n  slo:sli_error:ratio_rate30d{slo="availability"}\n'
        '  * on (service, slo) group_left () max without (window) (slo:sli_coverage:ratio30d{slo="availability"})\n'
        f"  > {promise.budget('availability')}\n)\nor\n(\n"
        f'  slo:sli_error:ratio_rate30d{{slo="startup"}} > {promise.budget("startup")}\n'
        '  and on (service, slo) slo:sli_bad_events:sum30d{slo="startup"} >= 2\n)'
    )
    return [
        alert(
            promise,
            "WorkspaceErrorBudgetExhausted",
            f"max without (window) (\n{spent}\n)",
            severity="warning",
            summary="The error budget of 30 days is spent.",
            description="{{ $value | humanizePercentage }} failed ({{ $labels.slo }}): more than is allowed.",
            wait="15m",
            slo_severity="ticket",
        ),
        alert(
            promise,
            "WorkspaceSelfHealingBelowObjective",
            f'max without (window) (slo:sli_error:ratio_rate30d{{slo="selfheal"}}) > {promise.budget("selfheal")}\n'
            f'and on (service, slo)\nslo:sli_events:sum30d{{slo="selfheal"}} >= {FEW}',
            severity="warning",
            summary=f"Fewer than {healing} of the outages of 30 days healed themselves.",
            description="{{ $value | humanizePercentage }} of the outages needed a person.",
            wait="15m",
            slo="selfheal",
            slo_severity="ticket",
        ),
        alert(
            promise,
            "WorkspaceColdStartSlow",
            f"fleet:workspace_start_seconds:mean1d > {promise.fast}\nand on ()\n"
            f"sum_over_time(fleet:workspace_starts_good:count[1d]) >= {FEW}",
            severity="warning",
            summary="Starts take longer than promised on average.",
            description="The mean of one day is {{ $value | humanizeDuration }}; "
            + f"promised are {promise.fast} seconds.",
            wait="15m",
            slo="coldstart",
            slo_severity="ticket",
        ),
    ]


def _workspaces(promise: Promise) -> list[Rule]:
    return [
        alert(
            promise,
            "WorkspaceDown",
            f"{AVAILABLE} == 0",
            severity="info",
            summary="A workspace is down; automatic repair is due.",
            description="{{ $labels.namespace }}/{{ $labels.workspace }} has been down for "
            f"{promise.repair_after} seconds.",
            wait=f"{promise.repair_after}s",
            remediation="restart-pod",
        ),
        alert(
            promise,
            "WorkspaceNotHealed",
            f"{AVAILABLE} == 0",
            severity="critical",
            summary="A workspace did not heal itself.",
            description="{{ $labels.namespace }}/{{ $labels.workspace }} has been down for "
            + f"{promise.limit // 60} minutes.",
            wait=f"{promise.limit}s",
            slo="selfheal",
            slo_severity="page",
        ),
        # No page of its own: the burn alert pages. It stops the repair of single pods in the midst of a larger fault.
        alert(
            promise,
            "WorkspaceManyDown",
            "(\n  fleet:workspaces_eligible:count - fleet:workspaces_available:count\n"
            f"    >= {MANY}\n)\nand\n(\n"
            "  1 - fleet:workspaces_available:count / (fleet:workspaces_eligible:count > 0)\n"
            f"    > {MANY_SHARE}\n)",
            severity="info",
            summary="Many workspaces are down at once; repairing them one by one stops.",
            description="{{ $value }} workspaces are down.",
            wait=f"{promise.interval}s",
            slo="availability",
        ),
    ]


def _measuring(promise: Promise) -> list[Rule]:
    return [
        alert(
            promise,
            "WorkspaceSLIMissing",
            f"absent({OBSERVED} == 1)",
            severity="critical",
            summary="The service levels have no data.",
            description="kube-state-metrics is not scraped, or its labels are wrong. Unobserved time is not good time.",
            wait="5m",
            slo_severity="page",
        ),
        alert(
            promise,
            "WorkspaceMeasurementIncomplete",
            f'max without (window) (slo:sli_coverage:ratio1d{{slo="availability"}}) < {COVERED}\n'
            "and on ()\ncount_over_time(fleet:workspaces_eligible:count[1h] offset 1d) > 0",
            severity="warning",
            summary="A part of the last day was not measured.",
            description="{{ $value | humanizePercentage }} of the evaluations of one day exist.",
            wait="15m",
            slo_severity="ticket",
        ),
    ]


def _own_jobs(promise: Promise) -> list[Rule]:
    failures = 'slate_remediations_total{result="failed"}'
    rules = [
        alert(
            promise,
            "WorkspaceRemediationFailing",
            # By difference: `increase` sees nothing of a counter that is born at 1.
            f"sum by (action) ({failures})\n-\n"
            f"(sum by (action) ({failures} offset 30m) or 0 * sum by (action) ({failures}))\n> 0",
            severity="warning",
            summary="Automatic repair fails.",
            description="The remediator could not do {{ $labels.action }} in the last 30 minutes.",
            slo="selfheal",
            slo_severity="ticket",
        ),
        alert(
            promise,
            "WorkspaceServiceJobFailing",
            f"max by (namespace, job_name) (kube_job_status_failed{{{JOBS}}}) > 0\nand on (namespace, job_name)\n"
            f"max by (namespace, job_name) (kube_job_status_start_time{{{JOBS}}}) > time() - 86400",
            severity="warning",
            summary="A job of the platform failed.",
            description="{{ $labels.namespace }}/{{ $labels.job_name }} failed.",
            wait="15m",
            slo_severity="ticket",
        ),
    ]
    if promise.canary_period is None:
        return rules
    failed, good = (
        f'namespace:workspace_starts_{outcome}:count{{namespace="{CANARY_NAMESPACE}"}}'
        for outcome in ("failed", "good")
    )
    few, none = f"{3 * promise.canary_period}s", f"{6 * promise.canary_period}s"
    return [
        *rules,
        alert(
            promise,
            "WorkspaceCanaryFailing",
            f"sum_over_time({failed}[{few}]) >= {FAILED_CANARIES}",
            severity="critical",
            summary="The canary workspace cannot start.",
            description="{{ $value }} of its last starts failed.",
            slo="startup",
            slo_severity="page",
        ),
        alert(
            promise,
            "WorkspaceCanaryAbsent",
            f"(sum_over_time({good}[{none}]) + sum_over_time({failed}[{none}])) == 0\nor\nabsent({good})",
            severity="warning",
            summary="The canary has not been started for long.",
            description="What is known about starts comes from users alone until it runs again.",
            wait="15m",
            slo="startup",
            slo_severity="ticket",
        ),
    ]
