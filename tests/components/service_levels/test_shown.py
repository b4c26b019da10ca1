"""Dashboard and jobs, from the arguments that the settings give."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.service_levels import dashboard, report, rules, shown, status_page
from services.service_levels import queries
from services.service_levels.report import cli as report_cli
from services.service_levels.status_page import cli as page_cli
from settings import load, service_level_arguments
from tests.components.manifests import validate
from tests.conftest import binaries
from tests.settings import examples

IMAGE = "registry.example.org/platform@sha256:" + "a" * 64


@pytest.fixture
def args() -> Any:
    """Arguments, as the settings give them."""
    levels = {
        "availability": 99.7,
        "prometheus": {"url": "http://prometheus.monitoring.svc:9090"},
        "statusPage": {"publish": {"url": "https://status.example.org/slate", "secret": "status-page"}},
    }
    return service_level_arguments.service_levels(load({**examples.valid(), "serviceLevels": levels}, "test"))


def expressions(board: dict[str, Any]) -> list[str]:
    """All queries of a dashboard."""
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]


def recorded(args: Any) -> set[str]:
    """Names of all series that the rules write."""
    groups = yaml.safe_load(rules.rule_file(args))["groups"]
    return {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}


def test_dashboard_asks_only_for_what_the_rules_record(args: Any) -> None:
    asked = {name for one in expressions(dashboard.dashboard(args)) for name in re.findall(r"\w+:\w+:?\w*", one)}

    assert asked
    assert asked - recorded(args) == set()


def test_page_and_report_ask_only_for_what_the_rules_record(args: Any) -> None:
    asked = {name for one in queries.published() for name in re.findall(r"\w+:\w+:?\w*", one)}

    assert asked - recorded(args) == set()


def test_every_panel_says_no_data(args: Any) -> None:
    panels = [panel for panel in dashboard.dashboard(args)["panels"] if panel["type"] != "row"]

    assert {panel["fieldConfig"]["defaults"]["noValue"] for panel in panels} == {"no data"}


def test_targets_are_drawn_from_the_settings(args: Any) -> None:
    text = json.dumps(dashboard.dashboard(args))

    assert "Available (promised 99.7 %)" in text
    assert "Minutes used, of 130" in text  # 0.3 % of 43,200 minutes


def test_panels_do_not_overlap(args: Any) -> None:
    cells = [
        (x, y)
        for panel in dashboard.dashboard(args)["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.rules
def test_dashboard_queries_are_valid(args: Any, tmp_path: Path) -> None:
    found = [{"record": f"q{n}", "expr": one} for n, one in enumerate(expressions(dashboard.dashboard(args)))]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": found}]}), encoding="utf-8")

    done = subprocess.run(
        [str(binaries() / "promtool"), "check", "rules", str(file)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("job", [status_page, report])
def test_jobs_are_valid_and_take_the_programs_options(job: Any, args: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = job.cron_job(args, IMAGE)
    given: list[Any] = []
    for module in (page_cli, report_cli):
        monkeypatch.setattr(module, "_run", lambda options: given.append(options) or 0)

    template = made["spec"]["jobTemplate"]["spec"]["template"]
    command = template["spec"]["containers"][0]["command"]
    program = {"status-page": page_cli, "report": report_cli}[command[command.index("services.service_levels") + 1]]
    code = program.main(command[command.index("services.service_levels") + 2 :])

    validate(made)
    assert code == 0
    assert given[0].prometheus == "http://prometheus.monitoring.svc:9090"
    mounts = {mount["name"] for mount in template["spec"]["containers"][0]["volumeMounts"]}
    assert mounts == {volume["name"] for volume in template["spec"]["volumes"]}


def test_the_page_is_copied_with_the_header_of_a_secret(args: Any) -> None:
    spec = status_page.cron_job(args, IMAGE)["spec"]["jobTemplate"]["spec"]["template"]["spec"]

    command = spec["containers"][0]["command"]
    assert command[command.index("--publish") + 1] == "https://status.example.org/slate"
    assert command[command.index("--authorization-file") + 1] == "/etc/service-levels/publish/authorization"
    assert {"name": "publish", "secret": {"secretName": "status-page", "defaultMode": 0o440}} in spec["volumes"]


def test_the_pods_reach_no_more_than_they_need(args: Any) -> None:
    policy = shown.network_policy(args)

    validate(policy)
    assert policy["spec"]["ingress"] == []
    assert [port["port"] for port in policy["spec"]["egress"][1]["ports"]] == [443, 9090]


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        ("*/5 * * * *", 5),
        ("0 * * * *", 60),
        ("0,20 * * * *", 40),
        ("30 4 * * *", 1440),
        ("*/10 8-17 * * *", 850),
        ("0 6 2 * *", 1440),
    ],
)
def test_longest_gap_of_a_schedule(schedule: str, minutes: int) -> None:
    assert status_page.longest_gap(schedule) == minutes


def test_a_missing_folder_of_notes_is_named() -> None:
    with pytest.raises(ValueError, match=r"serviceLevels\.statusPage\.incidents: the folder nowhere is not there"):
        shown.notes("nowhere")


def test_keys_of_ids_differ_by_the_stacks_secret() -> None:
    assert shown.derive_key("a" * 32) == shown.derive_key("a" * 32) != shown.derive_key("b" * 32)
