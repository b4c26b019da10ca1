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
    namespaces = {"names": [labels.SYSTEM_NAMESPACE]}
    kept = {"source_labels": ["__meta_kubernetes_service_name"], "regex": kube_state_metrics.NAME, "action": "keep"}
    port = {"source_labels": ["__meta_kubernetes_endpoint_port_name"], "regex": "http", "action": "keep"}
    job: dict[str, Any] = {
        "job_name": kube_state_metrics.NAME,
        "honor_labels": True,
        "scrape_interval": f"{Promise.of(args).interval}s",
        "kubernetes_sd_configs": [{"role": "endpoints", "namespaces": namespaces}],
        "relabel_configs": [kept, port],
        "metric_relabel_configs": [{"source_labels": ["namespace"], "regex": _OURS, "action": "keep"}],
    }
    return yaml.safe_dump({"scrape_configs": [job]}, sort_keys=False)


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
    prometheus = args["prometheus"]
    kept = {"sourceLabels": ["namespace"], "regex": _OURS, "action": "keep"}
    endpoint = {
        "port": "http",
        "honorLabels": True,
        "interval": f"{Promise.of(args).interval}s",
        "metricRelabelings": [kept],
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": _metadata("slate-kube-state-metrics", prometheus),
        "spec": {
            "endpoints": [endpoint],
            "namespaceSelector": {"matchNames": [labels.SYSTEM_NAMESPACE]},
            "selector": {"matchLabels": restricted.selector(kube_state_metrics.COMPONENT)},
        },
    }


def _metadata(name: str, prometheus: PrometheusArgs) -> dict[str, Any]:
    own = labels.standard(name, COMPONENT) | dict(prometheus.get("labels") or {})
    return present({"name": name, "namespace": prometheus["namespace"], "labels": own})
