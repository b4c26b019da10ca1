"""The stack's own rules, for a test's projects and times."""

from collections.abc import Sequence
from typing import Any

import yaml

from components.service_levels.alertmanager import configuration
from components.service_levels.contract import contract
from components.service_levels.rules import rule_file
from settings import load
from settings.service_level_arguments import service_levels
from tools.observability import Declared


def declared_for(
    projects: Sequence[str], interval: int, deadline: int, limit: int, receivers: dict[str, Any] | None = None
) -> Declared:
    """Returns what a stack with these settings declares.

    Args:
        projects: Names of the projects.
        interval: Seconds between two looks at the cluster.
        deadline: Seconds in which a start has to be ready.
        limit: Seconds in which an outage has to end by itself; whole minutes.
        receivers: Who is told about alerts.
    """
    levels = {
        "startDeadlineSeconds": deadline,
        "coldStartSeconds": deadline // 3,
        "cancelledStartSeconds": 2 * interval,
        "selfHealingMinutes": limit // 60,
        "prometheus": {"scrapeInterval": f"{interval}s"},
        "alerting": {"receivers": receivers or {}},
        "canary": {"enabled": False},
        "remediation": {"enabled": False},
    }
    args: Any = service_levels(load(_settings(projects, levels), "a test"))
    return Declared(rule_file(args), contract(args), yaml.safe_dump(configuration(args)))


def _settings(projects: Sequence[str], levels: dict[str, Any]) -> dict[str, Any]:
    quota = {"cpu": 16, "memory": "64Gi", "storage": "100Gi", "ephemeralStorage": "100Gi", "workspaces": 5}
    pool = {
        "name": "cpu",
        "backend": {"type": "simulated"},
        "shape": {"cpu": 16, "memory": "64Gi", "ephemeralStorage": "200Gi"},
        "size": {"fixed": 1},
        "profiles": [{"name": "small", "cpu": 1, "memory": "4Gi"}],
    }
    return {
        "domain": "slate.localhost",
        "nodePools": [pool],
        "projects": [{"name": name, "quota": quota, "workspaces": []} for name in projects],
        "registry": {"host": "registry.example.org"},
        "images": {"placeholder": f"registry.example.org/workspace@sha256:{'0' * 64}"},
        "serviceLevels": levels,
    }
