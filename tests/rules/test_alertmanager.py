"""Alertmanager takes the configuration, and its own tool finds the receivers that the docs name."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.service_levels.alertmanager import configuration
from tests.conftest import binaries
from tests.rules.declared import MAINTENANCE, declared

pytestmark = pytest.mark.rules

PAGER = {"type": "pagerduty", "secret": {"name": "pager", "key": "routing-key"}}
SLACK = {"type": "slack", "channel": "#workspaces", "secret": {"name": "slack", "key": "url"}}
HOOK = {"type": "webhook", "url": "https://example.org/hook"}
SETTINGS = {
    "defaults": {},
    "people": {"alerting": {"receivers": {"page": PAGER, "ticket": SLACK}}},
    "webhooks": {"alerting": {"receivers": {"page": HOOK, "ticket": HOOK}}},
    "maintenance": {"maintenance": MAINTENANCE},
    "no remediator": {"remediation": {"enabled": False}},
    "other numbers": {"selfHealingMinutes": 6, "prometheus": {"scrapeInterval": "15s"}},
}
ROUTES = {
    "page": {"severity": "critical", "service": "workspace"},
    "ticket": {"severity": "warning", "service": "workspace"},
    "remediator": {"severity": "info", "service": "workspace", "remediation": "restart-pod"},
    "nobody": {"severity": "critical", "service": "somebody-elses"},
}


def amtool(folder: Path, given: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of amtool's `config` or its check on the configuration of some settings."""
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(configuration(declared(**given)), sort_keys=False))
    command = [str(binaries() / "amtool"), *(argument.format(path=path) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("given", SETTINGS.values(), ids=SETTINGS)
def test_alertmanager_takes_what_is_declared(tmp_path: Path, given: dict[str, Any]):
    done = amtool(tmp_path, given, "check-config", "{path}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_the_check_notices_a_receiver_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = configuration(declared())
    broken["receivers"] = [one for one in broken["receivers"] if one["name"] != "page"]
    monkeypatch.setattr("tests.rules.test_alertmanager.configuration", lambda _: broken)

    assert amtool(tmp_path, {}, "check-config", "{path}").returncode != 0


@pytest.mark.parametrize(("receiver", "alert"), ROUTES.items(), ids=ROUTES)
def test_an_alert_ends_at_the_receiver_that_the_docs_name(tmp_path: Path, receiver: str, alert: dict[str, str]):
    written = [f"{name}={value}" for name, value in alert.items()]

    done = amtool(tmp_path, {}, "config", "routes", "test", "--config.file={path}", *written)

    assert done.stdout.strip() == receiver, done.stderr
