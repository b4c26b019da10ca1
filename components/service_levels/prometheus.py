"""Rules and targets as Prometheus takes them: objects of its operator, or plain files in ConfigMaps."""

from collections.abc import Mapping
from typing import Any

import yaml

from components import labels, restricted
from components.objects import Manifest, present
from components.service_levels import kube_state_metrics
from components.service_levels.args import PrometheusArgs, ServiceLevelsArgs
from components.service_levels.promise import CANARY_NAMESPACE, Promise
from components.service_levels.rules import groups

COMPONENT = "service-levels"
RULES = "service-level-rules"
SCRAPE = "service-level-scrape"
CONTRACT = "service-level-contract"

_OURS = f"ws-.+|{CANARY_NAMESPACE}|{labels.SYSTEM_NAMESPACE}"


def config_map(name: str, data: Mapping[str, str]) -> Manifest:
    """A ConfigMap with files, in the system namespace."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": restricted.metadata(name, COMPONENT),
        "data": dict(data),
    }


def scrape_file(args: ServiceLevelsArgs) -> str:
    """A file for `scrape_config_files` of Prometheus (2.43 or later), or to be copied into its `scrape_configs`.

    Labels of kube-state-metrics win over those of the target (`honor_labels`); else the rules find nothing.
    """
    facts = _job(args, kube_state_metrics.NAME) | {
        "honor_labels": True,
        "metric_relabel_configs": [{"source_labels": ["namespace"], "regex": _OURS, "action": "keep"}],
    }
    jobs = [facts, *([_job(args, labels.REMEDIATOR)] if args.get("remediation") else [])]
    return yaml.safe_dump({"scrape_configs": jobs}, sort_keys=False)


def _job(args: ServiceLevelsArgs, service: str) -> dict[str, Any]:
    """A job for the pods behind a Service of the platform."""
    kept = {"source_labels": ["__meta_kubernetes_service_name"], "regex": service, "action": "keep"}
    port = {"source_labels": ["__meta_kubernetes_endpoint_port_name"], "regex": "http", "action": "keep"}
    namespaces = {"names": [labels.SYSTEM_NAMESPACE]}
    return {
        "job_name": service,
        "scrape_interval": f"{Promise.of(args).interval}s",
        "kubernetes_sd_configs": [{"role": "endpoints", "namespaces": namespaces}],
        "relabel_configs": [kept, port],
    }


def prometheus_rule(args: ServiceLevelsArgs) -> Manifest:
    """The rules for the Prometheus operator."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": _metadata(RULES, args["prometheus"]),
        "spec": {"groups": groups(args)},
    }


def service_monitor(args: ServiceLevelsArgs) -> Manifest:
    """The stack's own kube-state-metrics as a target of the operator's Prometheus."""
    kept = {"sourceLabels": ["namespace"], "regex": _OURS, "action": "keep"}
    return _monitor(args, kube_state_metrics.COMPONENT, honorLabels=True, metricRelabelings=[kept])


def remediator_monitor(args: ServiceLevelsArgs) -> Manifest:
    """The remediator as a target of the operator's Prometheus: whether its repairs fail is known to it alone."""
    return _monitor(args, labels.REMEDIATOR)


def _monitor(args: ServiceLevelsArgs, component: str, **more: Any) -> Manifest:
    endpoint = {"port": "http", "interval": f"{Promise.of(args).interval}s", **more}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": _metadata(f"slate-{component}", args["prometheus"]),
        "spec": {
            "endpoints": [endpoint],
            "namespaceSelector": {"matchNames": [labels.SYSTEM_NAMESPACE]},
            "selector": {"matchLabels": restricted.selector(component)},
        },
    }


def _metadata(name: str, prometheus: PrometheusArgs) -> dict[str, Any]:
    own = labels.standard(name, COMPONENT) | dict(prometheus.get("labels") or {})
    return present({"name": name, "namespace": prometheus["namespace"], "labels": own})
