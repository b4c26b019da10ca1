"""What Prometheus and Alertmanager read, for addresses on this machine. Pure: nothing is written here."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import yaml

from tools.cluster.ports import ADDRESS
from tools.observability.declared import NAMESPACE, Declared
from tools.observability.errors import ObservabilityError
from tools.observability.layout import Layout
from tools.observability.programs import ALERTMANAGER, FACTS, PROMETHEUS

_NOBODY = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


def prometheus(declared: Declared, layout: Layout, ports: Mapping[str, int], targets: Mapping[str, int]) -> str:
    """Returns Prometheus' configuration.

    Args:
        declared: What the stack declares; rules are evaluated as often as facts are collected.
        layout: The paths.
        ports: A port for each of `programs.PORTS`.
        targets: Further programs with metrics: job by port.
    """
    interval = f"{round(declared.scrape_seconds * 1000)}ms"
    jobs = {PROMETHEUS: ports[PROMETHEUS], ALERTMANAGER: ports[ALERTMANAGER], **targets}
    scraped = [{"job_name": name, "static_configs": [{"targets": [_at(port)]}]} for name, port in jobs.items()]
    # The facts keep their own labels: namespace and pod are those of the workspace, not of kube-state-metrics.
    facts = {"job_name": FACTS, "honor_labels": True, "static_configs": [{"targets": [_at(ports[FACTS])]}]}
    value = {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "rule_files": [str(layout.rules)],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [_at(ports[ALERTMANAGER])]}]}]},
        "scrape_configs": [facts, *scraped],
    }
    return json.dumps(value, indent=2) + "\n"  # JSON is YAML


def alertmanager(declared: Declared, services: Mapping[str, int]) -> str:
    """Returns Alertmanager's configuration: the stack's, with the Services that run on this machine at their ports.

    Args:
        declared: What the stack declares. Without routes of its own alerts are kept and shown, and sent to nobody.
        services: Services of slate-system whose program runs here: name by port.

    Raises:
        ObservabilityError: It is no YAML.
    """
    try:
        value = yaml.safe_load(declared.alertmanager) if declared.alertmanager else _NOBODY
    except yaml.YAMLError as error:
        raise ObservabilityError(f"alertmanager.yml of Secret {ALERTMANAGER} is no YAML: {error}.") from error
    return json.dumps(_with_local_addresses(value, services), indent=2) + "\n"


def _with_local_addresses(value: object, services: Mapping[str, int]) -> object:
    if isinstance(value, dict):
        return {key: _with_local_addresses(entry, services) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_local_addresses(entry, services) for entry in value]
    if isinstance(value, str) and value.startswith("http://"):
        parts = urlsplit(value)
        name, _, domain = (parts.hostname or "").partition(".")
        if name in services and (domain in ("", NAMESPACE) or domain.startswith(f"{NAMESPACE}.svc")):
            return urlunsplit(parts._replace(netloc=_at(services[name])))
    return value


def _at(port: int) -> str:
    return f"{ADDRESS}:{port}"
