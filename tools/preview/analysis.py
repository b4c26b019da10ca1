"""What a run would mean: for data, for the promises, for what it uses and costs. A pure function of its recording."""

from datetime import datetime

from policies.parameters import Parameters
from tools.preview import changes, cost, demand_of_steps, exemptions, resource_changes, service_level_changes, stateful
from tools.preview.outcome import (
    Analysis,
    CostChange,
    CostLine,
    ExemptionLine,
    OldStateFinding,
    ResourceChange,
    ResourceRow,
    TargetChange,
)
from tools.preview.recording import OK, Recording

__all__ = [
    "Analysis",
    "CostChange",
    "CostLine",
    "ExemptionLine",
    "OldStateFinding",
    "ResourceChange",
    "ResourceRow",
    "TargetChange",
    "analyse",
]


def analyse(recording: Recording, parameters: Parameters, now: datetime) -> Analysis:
    """What a run would mean.

    Args:
        recording: Of the run.
        parameters: Those of the stack's rules (`policies.parameters.load`).
        now: With its time zone; decides which exemptions hold and which windows of maintenance lie in the past.
    """
    plan = changes.plan(recording, parameters, now)
    findings = stateful.findings(plan, complete=recording.outcome == OK)
    sides = demand_of_steps.sides(recording, plan.gone_namespaces)
    return Analysis(
        stateful=findings,
        resources=resource_changes.resource_change(sides),
        cost=cost.cost_change(sides, cost.price_list(recording.settings)),
        service_levels=service_level_changes.target_changes(plan),
        exemptions=exemptions.lines(recording, findings, plan),
    )
