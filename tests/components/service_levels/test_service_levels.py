"""`ServiceLevels`: what it declares for each way of delivery, with the least rights."""

import base64
import json
from typing import Any

import pytest
import yaml

from components.service_levels import ServiceLevels, kube_state_metrics, remediator
from components.service_levels.contract import contract
from components.service_levels.rules import fingerprint, groups, rule_file
from tests.components.examples import IMAGE
from tests.components.manifests import check_restricted, pod_specs, validate
from tests.harness import SECRET_SIGNATURE, run, unwrap
from tests.rules.declared import declared

OPERATOR = ("PrometheusRule", "ServiceMonitor", "AlertmanagerConfig")


def declare(**given: Any):
    return run(lambda: ServiceLevels("service-levels", declared(**given)))


def manifests(monitor: Any) -> dict[str, dict[str, Any]]:
    """What is declared, by kind and name."""
    return {f"{m['kind']}/{m['metadata']['name']}": m for m in (record.manifest for record in monitor.objects)}


def everything(monitor: Any) -> set[str]:
    return {record.type.rpartition(":")[2] for record in monitor.objects}


def test_files_are_the_default_and_kube_state_metrics_has_its_rights_in_any_case():
    monitor = declare()

    found = manifests(monitor)
    assert set(found) >= {
        "ConfigMap/service-level-rules",
        "ConfigMap/service-level-scrape",
        "ConfigMap/service-level-contract",
        "Secret/alertmanager",
        "ServiceAccount/kube-state-metrics",
        "ClusterRole/slate-kube-state-metrics",
        "ClusterRoleBinding/slate-kube-state-metrics",
    }
    assert not any(kind.startswith(("Deployment", *OPERATOR)) for kind in found)
    for manifest in found.values():
        validate(manifest)


def test_kube_state_metrics_reads_three_kinds_and_nothing_else_and_is_restricted():
    monitor = declare(kubeStateMetrics={"deploy": True, "image": IMAGE})

    found = manifests(monitor)
    rules = found["ClusterRole/slate-kube-state-metrics"]["rules"]
    assert {resource for rule in rules for resource in rule["resources"]} == set(kube_state_metrics.RESOURCES)
    assert {verb for rule in rules for verb in rule["verbs"]} == {"list", "watch"}
    (pod,) = pod_specs(found["Deployment/kube-state-metrics"])
    assert pod.pop("automountServiceAccountToken") is True  # it reads the API
    check_restricted(pod | {"automountServiceAccountToken": False})
    validate(found["Deployment/kube-state-metrics"])
    validate(found["NetworkPolicy/kube-state-metrics"])
    assert set(kube_state_metrics.arguments()) <= set(pod["containers"][0]["command"])


def test_every_metric_that_the_rules_read_is_allowed_and_no_other():
    import re

    text = rule_file(declared())

    assert set(re.findall(r"\bkube_[a-z_]+", text)) == {
        metric for metric in kube_state_metrics.METRICS if metric != "kube_job_status_completion_time"
    }


def test_the_operator_gets_the_same_groups_and_the_labels_that_it_looks_for():
    given = declared(
        prometheus={"delivery": "operator", "labels": {"release": "monitoring"}, "namespace": "monitoring"},
        alerting={"delivery": "operator", "labels": {"team": "platform"}},
        kubeStateMetrics={"deploy": True, "image": IMAGE},
    )

    monitor = run(lambda: ServiceLevels("service-levels", given))

    found = manifests(monitor)
    rule = found["PrometheusRule/service-level-rules"]
    assert rule["spec"]["groups"] == yaml.safe_load(rule_file(given))["groups"] == groups(given)
    assert rule["metadata"]["labels"]["release"] == "monitoring"
    assert rule["metadata"]["namespace"] == "monitoring"
    (endpoint,) = found["ServiceMonitor/slate-kube-state-metrics"]["spec"]["endpoints"]
    assert endpoint["honorLabels"] is True
    assert found["AlertmanagerConfig/slate-service-levels"]["metadata"]["labels"]["team"] == "platform"
    assert "ConfigMap/service-level-rules" not in found
    assert "Secret/alertmanager" not in found


@pytest.mark.parametrize("enabled", [True, False])
def test_the_remediator_is_read_where_there_is_one(enabled: bool):
    files = manifests(declare(remediation={"enabled": enabled}))
    objects = manifests(declare(remediation={"enabled": enabled}, prometheus={"delivery": "operator"}))

    jobs = yaml.safe_load(files["ConfigMap/service-level-scrape"]["data"]["scrape.yml"])["scrape_configs"]
    monitor = objects.get("ServiceMonitor/slate-remediator")
    assert [job["job_name"] for job in jobs] == ["kube-state-metrics", *(["remediator"] if enabled else [])]
    assert (monitor is not None) == enabled
    if monitor:
        service = remediator.service()
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert monitor["spec"]["namespaceSelector"] == {"matchNames": [service["metadata"]["namespace"]]}
        assert jobs[1]["relabel_configs"][0]["regex"] == service["metadata"]["name"]
        assert monitor["spec"]["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"] == "http"
        assert "honor_labels" not in jobs[1]


def test_the_file_of_routes_is_a_secret():
    monitor = declare(alerting={"receivers": {"page": {"url": "https://pager.example.org/hook"}}})

    (record,) = [one for one in monitor.objects if one.manifest["kind"] == "Secret"]
    assert SECRET_SIGNATURE in str(record.inputs["data"])
    encoded = unwrap(record.inputs)["data"]["alertmanager.yml"]
    routes = yaml.safe_load(base64.b64decode(encoded))
    assert {"name": "page", "webhook_configs": [{"send_resolved": True, "url": "https://pager.example.org/hook"}]} in (
        routes["receivers"]
    )


def test_the_contract_names_the_rules_that_are_delivered():
    monitor = declare(availability=99.5, timeZone="Europe/Berlin")

    found = manifests(monitor)
    told = json.loads(found["ConfigMap/service-level-contract"]["data"]["contract.json"])
    assert told["rulesSha256"] == fingerprint(found["ConfigMap/service-level-rules"]["data"]["rules.yml"])
    assert told["objectives"]["availability"] == 99.5
    assert told["creditBands"][0] == {"below": 99.5, "percent": 10}
    assert told["timeZone"] == "Europe/Berlin"
    assert told["projects"] == {"ws-vision": "vision"}


def test_one_number_moves_rules_and_contract_together():
    strict, loose = declared(availability=99.99), declared(availability=99.0)

    assert "14.4 * 0.0001" in rule_file(strict)
    assert "14.4 * 0.01" in rule_file(loose)
    assert contract(strict)["rulesSha256"] != contract(loose)["rulesSha256"]


def test_whole_numbers_of_another_language_come_as_floats():
    given = declared()

    def floats(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: floats(item) for key, item in value.items()}
        if isinstance(value, list):
            return [floats(item) for item in value]
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    assert rule_file(floats(given)) == rule_file(given)


def test_an_image_is_needed_to_run_kube_state_metrics():
    given = declared()
    given["kube_state_metrics"] = {"deploy": True}

    with pytest.raises(ValueError, match=r"kube_state_metrics\.deploy needs kube_state_metrics\.image"):
        run(lambda: ServiceLevels("service-levels", given))
