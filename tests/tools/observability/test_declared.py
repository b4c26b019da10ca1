import base64
import json

import pytest

from tools.observability import Declared, ObservabilityError, declared


def config_map(name, key, text):
    return {"kind": "ConfigMap", "metadata": {"name": name, "namespace": "slate-system"}, "data": {key: text}}


RULES = config_map("service-level-rules", "rules.yml", "groups: []\n")
CONTRACT = config_map("service-level-contract", "contract.json", json.dumps({"scrapeIntervalSeconds": 5}))
ROUTES = {
    "kind": "Secret",
    "metadata": {"name": "alertmanager", "namespace": "slate-system"},
    "data": {"alertmanager.yml": base64.b64encode(b"route: {receiver: page}\n").decode()},
}


def deployment(name, command, **pod):
    container = {"name": "main", "command": command[:3], "args": command[3:], "ports": [{"containerPort": 8095}]}
    spec = {"template": {"spec": {"containers": [container], **pod}}}
    return {"kind": "Deployment", "metadata": {"name": name, "namespace": "slate-system"}, "spec": spec}


def cron_job(name, command, schedule):
    template = deployment(name, command, serviceAccountName="canary")["spec"]["template"]
    spec = {"schedule": schedule, "jobTemplate": {"spec": {"template": template}}}
    return {"kind": "CronJob", "metadata": {"name": name, "namespace": "slate-canary"}, "spec": spec}


def reading(*items):
    """Lists these objects by namespace."""
    return lambda _, namespace: [item for item in items if item["metadata"]["namespace"] == namespace]


def test_rules_contract_and_routes_are_read():
    found = declared.read(reading(RULES, CONTRACT, ROUTES))

    assert found is not None
    assert found == Declared("groups: []\n", {"scrapeIntervalSeconds": 5}, "route: {receiver: page}\n")
    assert found.scrape_seconds == 5
    assert found.retention == "45d"


@pytest.mark.parametrize("there", [(), (RULES,), (CONTRACT, ROUTES)])
def test_a_stack_without_service_levels_declares_nothing(there):
    assert declared.read(reading(*there)) is None


@pytest.mark.parametrize("text", ["{", "[]", '"yes"'])
def test_a_damaged_contract_is_refused_by_name(text):
    damaged = config_map("service-level-contract", "contract.json", text)

    with pytest.raises(ObservabilityError, match=r"contract\.json of ConfigMap service-level-contract"):
        declared.read(reading(RULES, damaged))


def test_the_stacks_own_programs_are_told_by_their_command():
    python = ["python", "-m", "services.service_levels"]
    items = (
        deployment("remediator", [*python, "remediate", "--limit=2"], serviceAccountName="remediator"),
        cron_job("canary", [*python, "canary"], "*/5 * * * *"),
        cron_job("status-page", [*python, "status-page"], "*/5 * * * *"),
        deployment("registry", ["registry", "serve", "registry.yml"]),
    )

    found = declared.read(reading(RULES, CONTRACT, *items))

    assert found is not None
    assert sorted(found.companions) == ["canary", "remediate"]
    remediator, canary = found.companions["remediate"], found.companions["canary"]
    assert remediator.command == (*python, "remediate", "--limit=2")
    assert remediator.port == 8095
    assert remediator.account == declared.Account("remediator", "slate-system")
    assert (canary.account, canary.schedule) == (declared.Account("canary", "slate-canary"), "*/5 * * * *")


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ObservabilityError, match=r"contract\.json cannot be read: No such file"):
        declared.from_files(tmp_path / "rules.yml", tmp_path / "contract.json", None)
