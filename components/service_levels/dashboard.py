"""The dashboard for Grafana as plain data: what is promised, what is left of it, what went wrong."""

import json
from typing import Any

from components import labels
from components.objects import Manifest
from components.service_levels.args import ServiceLevelsArgs
from components.service_levels.panels import (
    AMBER,
    GREEN,
    RED,
    WIDTH,
    Step,
    panel,
    placed,
    row,
    series,
    source_variable,
    stat,
    steps,
    target,
)
from components.service_levels.promise import FLEET

NAME = "service-level-dashboard"
UID = "slate-service-levels"


def dashboard(args: ServiceLevelsArgs) -> dict[str, Any]:
    """The dashboard.

    Args:
        args: What was declared; the targets are drawn.
    """
    panels = [
        row("Promises, the last 30 days"),
        *_promises(args),
        row("Budgets"),
        *_budgets(args),
        row("Now"),
        *_now(),
        row("Starts"),
        *_starts(args),
        row("Outages"),
        *_outages(args),
        row("Workspaces"),
        *_workspaces(),
    ]
    return {
        "uid": UID,
        "title": f"{args['title']}: service levels",
        "description": "Declared with the stack; changes here are lost.",
        "tags": ["slate", "service-levels"],
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "schemaVersion": 39,
        "time": {"from": "now-24h", "to": "now"},
        "timezone": args["time_zone"] if args["time_zone"] != "UTC" else "utc",
        "templating": {"list": [source_variable()]},
        "panels": placed(panels),
    }


def _promises(args: ServiceLevelsArgs) -> list[dict[str, Any]]:
    def share(title: str, slo: str, promised: float) -> dict[str, Any]:
        bands: list[Step] = [(None, RED), (promised / 100, GREEN)]
        query = f'1 - max without (window) (slo:sli_error:ratio_rate30d{{slo="{slo}"}})'
        return stat(f"{title} (promised {promised:g} %)", query, "percentunit", bands, decimals=3)

    seconds = float(args["cold_start_seconds"])
    mean: list[Step] = [(None, GREEN), (seconds, RED)]
    return [
        share("Starts that succeed", "startup", args["start_success"]),
        stat(f"Time that a start takes (promised {seconds:g} s)", "fleet:workspace_start_seconds:mean30d", "s", mean),
        share("Available", "availability", args["availability"]),
        share("Outages that heal themselves", "selfheal", args["self_healing"]),
    ]


def _budgets(args: ServiceLevelsArgs) -> list[dict[str, Any]]:
    minutes = 30 * 24 * 60 * (100 - args["availability"]) / 100
    room = (100 - args["start_success"]) / 100
    left: list[Step] = [(None, RED), (0, AMBER), (0.25, GREEN)]
    error = 'max without (window) (slo:sli_error:ratio_rate30d{slo="availability"})'
    failed = "sum_over_time(fleet:workspace_starts_failed:count[30d])"
    starts = f"({failed} + sum_over_time(fleet:workspace_starts_good:count[30d]))"
    return [
        stat(f"Minutes used, of {minutes:.0f}", f"{error} * 43200", "m", [(None, GREEN), (minutes, RED)]),
        stat("Failed starts", failed, "none", [(None, "text")], decimals=0),
        stat(
            "Failed starts that are allowed",
            f"floor({starts} * {room:.6g} + 1e-9)",
            "none",
            [(None, "text")],
            decimals=0,
        ),
        stat("Observed", "max(slo:sli_coverage:ratio30d)", "percentunit", [(None, RED), (0.9, AMBER), (0.99, GREEN)]),
        series(
            "Budget left",
            [("max without (window) (slo:error_budget_remaining:ratio30d)", "{{slo}}")],
            "percentunit",
            width=WIDTH,
            thresholds=left,
            most=1,
        ),
    ]


def _now() -> list[dict[str, Any]]:
    return [
        series(
            "Workspaces",
            [
                ("fleet:workspaces_eligible:count", "awake"),
                ("fleet:workspaces_available:count", "available"),
                ("fleet:workspaces_unknown:count", "not observed"),
            ],
            "none",
        ),
        series(
            "Errors, as multiples of what uses up the budget in 30 days",
            [
                (
                    f"max without (window) (slo:sli_error:ratio_rate{window})"
                    " / on (service, slo) group_left () slo:error_budget:ratio",
                    f"{{{{slo}}}} {window}",
                )
                for window in ("1h", "6h")
            ],
            "none",
        ),
    ]


def _starts(args: ServiceLevelsArgs) -> list[dict[str, Any]]:
    stage = f"sum by (stage) (sum_over_time(namespace:workspace_start_stage_seconds:sum{{{FLEET}}}[1h]))"
    good = "ignoring (stage) group_left () (sum_over_time(fleet:workspace_starts_good:count[1h]) > 0)"
    return [
        series(
            f"Stages of a start, mean of an hour (promised {args['cold_start_seconds']:g} s in all)",
            [(f"{stage} / {good}", "{{stage}}")],
            "s",
            stacked=True,
        ),
        series(
            "Starts in an hour",
            [
                (f"sum_over_time(fleet:workspace_starts_{name}:count[1h])", label)
                for name, label in (("good", "in time"), ("failed", "failed"), ("unknown", "not observed"))
            ],
            "none",
        ),
    ]


def _outages(args: ServiceLevelsArgs) -> list[dict[str, Any]]:
    names = ("recovered", "silent", "assisted", "escalated", "abandoned")
    counts = [
        (f"sum(sum_over_time(namespace:workspace_incidents_{name}:count{{{FLEET}}}[1d]))", name) for name in names
    ]
    seconds, ended = (
        f"sum(sum_over_time(namespace:workspace_{name}{{{FLEET}}}[30d]))"
        for name in ("outage_seconds:sum", "outages_ended:count")
    )
    limit = args["self_healing_minutes"] * 60
    return [
        series("Outages of a day, by how they ended", counts, "none", stacked=True, width=18),
        stat(
            "Mean time to recover, 30 days",
            f"{seconds} / ({ended} > 0)",
            "s",
            [(None, GREEN), (limit, RED)],
            width=6,
            height=8,
        ),
    ]


def _workspaces() -> list[dict[str, Any]]:
    share = f"1 - avg_over_time(namespace_workspace:available:bool{{{FLEET}}}[1d])"
    worst = panel(
        "table",
        "Down for the longest part of a day",
        [target(f"topk(10, ({share}) > 0)", table=True)],
        "percentunit",
        width=12,
        height=9,
    )
    worst["transformations"] = [
        {
            "id": "organize",
            "options": {
                "excludeByName": {"Time": True},
                "renameByName": {"namespace": "Project", "workspace": "Workspace", "Value": "Down"},
            },
        }
    ]
    projects = panel(
        "bargauge",
        "Budget left by project, 30 days",
        [
            target(
                'max by (namespace) (namespace:error_budget_remaining:ratio30d{slo="availability"})',
                "{{namespace}}",
                instant=True,
            )
        ],
        "percentunit",
        width=12,
        height=9,
    )
    projects["fieldConfig"]["defaults"] |= {"min": 0, "max": 1} | steps([(None, RED), (0, AMBER), (0.25, GREEN)])
    projects["options"] = {
        "orientation": "horizontal",
        "displayMode": "basic",
        "reduceOptions": {"calcs": ["lastNotNull"]},
    }
    return [worst, projects]


def config_map(args: ServiceLevelsArgs) -> Manifest:
    """The dashboard as Grafana's sidecar finds it: by a label."""
    given = args.get("dashboard")
    if given is None:
        raise ValueError("a dashboard is not declared")
    folder = given.get("folder")
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": NAME,
            "namespace": given["namespace"],
            "labels": labels.standard(NAME, "service-levels") | {given["label"]: given["value"]},
            **({"annotations": {"grafana_folder": folder}} if folder else {}),
        },
        "data": {f"{UID}.json": json.dumps(dashboard(args), indent=1, sort_keys=True)},
    }
