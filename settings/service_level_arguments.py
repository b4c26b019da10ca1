"""From settings to the arguments of the service levels, as plain mappings."""

from typing import Any

from settings.arguments import plain
from settings.healing_arguments import at_rest
from settings.names import NAMESPACE_PREFIX
from settings.root import Settings
from settings.service_levels.times import seconds_of

_SAME = (
    "availability",
    "start_success",
    "start_deadline_seconds",
    "cancelled_start_seconds",
    "cold_start_seconds",
    "self_healing",
    "self_healing_minutes",
    "time_zone",
    "credit_bands",
    "maintenance",
    "burn_alerts",
    "kube_state_metrics",
    "alerting",
)


def service_levels(settings: Settings) -> dict[str, Any]:
    """Arguments of `ServiceLevels`."""
    levels = settings.service_levels
    given = plain(levels)
    prometheus = given["prometheus"]
    interval = seconds_of(prometheus.pop("scrape_interval"))
    args = {key: given[key] for key in _SAME} | {
        "prometheus": prometheus | {"scrape_interval_seconds": interval},
        "canary_minutes": levels.canary.every_minutes if levels.canary.enabled else None,
        "remediation": levels.remediation.enabled,
        "dashboard": _shown(given["dashboard"]) if levels.dashboard.enabled else None,
        "status_page": _shown(given["status_page"], "title") if levels.status_page.enabled else None,
        "report": _shown(given["report"]) if levels.report.enabled else None,
        "at_rest": at_rest(settings),
        "title": levels.status_page.title,
        "projects": {f"{NAMESPACE_PREFIX}{project.name}": project.name for project in settings.projects},
        "pull_secret": settings.registry.pull_secret,
    }
    return {key: value for key, value in args.items() if value is not None}


def _shown(given: dict[str, Any], *without: str) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key not in ("enabled", *without)}
