"""`ServiceLevels`: the contract, measured and alerted on."""

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from components.objects import Manifest, check_keys, declare, declare_untyped
from components.service_levels import alertmanager, alertmanager_config, kube_state_metrics, prometheus
from components.service_levels.args import ServiceLevelsArgs
from components.service_levels.contract import contract
from components.service_levels.rules import fingerprint, rule_file

__all__ = ["ServiceLevels", "ServiceLevelsArgs"]

_WITH_FILE = ("file", "both")
_WITH_OPERATOR = ("operator", "both")


class ServiceLevels(pulumi.ComponentResource):
    """Rules, routes and the reader of facts, in the platform's namespace.

    Raises:
        ValueError: An argument is unknown or missing, or kube-state-metrics is to be declared without its image.
    """

    rules_hash: Output[str]
    """SHA-256 of the rule file; reports name it."""

    def __init__(self, name: str, args: ServiceLevelsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:ServiceLevels", name, {}, opts)
        check_keys(f"ServiceLevels {name!r}", args, ServiceLevelsArgs)
        self._opts = ResourceOptions(parent=self)
        self._declare_facts(name, args)
        rules = rule_file(args)
        text = json.dumps(contract(args), indent=2)
        self._config_map(f"{name}--contract", prometheus.CONTRACT, {"contract.json": text})
        if args["prometheus"]["delivery"] in _WITH_FILE:
            self._config_map(f"{name}--rules", prometheus.RULES, {"rules.yml": rules})
            self._config_map(f"{name}--scrape", prometheus.SCRAPE, {"scrape.yml": prometheus.scrape_file(args)})
        if args["prometheus"]["delivery"] in _WITH_OPERATOR:
            declare_untyped(f"{name}--rules", prometheus.prometheus_rule(args), self._opts)
            if args["kube_state_metrics"]["deploy"]:
                declare_untyped(f"{name}--facts", prometheus.service_monitor(args), self._opts)
        if args["alerting"]["delivery"] in _WITH_FILE:
            declare(kubernetes.core.v1.Secret, f"{name}--routes", alertmanager.secret(args), self._opts)
        if args["alerting"]["delivery"] in _WITH_OPERATOR:
            declare_untyped(f"{name}--routes-config", alertmanager_config.alertmanager_config(args), self._opts)
        self.rules_hash = Output.from_input(fingerprint(rules))
        self.register_outputs({"rulesHash": self.rules_hash})

    def _declare_facts(self, name: str, args: ServiceLevelsArgs) -> None:
        """Account and rights always: one that runs beside an embedded cluster uses them, too."""
        rbac = kubernetes.rbac.v1
        account = kube_state_metrics.service_account()
        self._declare(kubernetes.core.v1.ServiceAccount, f"{name}--facts", account)
        self._declare(rbac.ClusterRole, f"{name}--facts", kube_state_metrics.cluster_role())
        self._declare(rbac.ClusterRoleBinding, f"{name}--facts", kube_state_metrics.cluster_role_binding())
        metrics = args["kube_state_metrics"]
        if not metrics["deploy"]:
            return
        image = metrics.get("image")
        if image is None:
            raise ValueError(f"ServiceLevels {name!r}: kube_state_metrics.deploy needs kube_state_metrics.image")
        deployment = kube_state_metrics.deployment(image, args.get("pull_secret"))
        self._declare(kubernetes.networking.v1.NetworkPolicy, f"{name}--facts", kube_state_metrics.network_policy())
        self._declare(kubernetes.core.v1.Service, f"{name}--facts", kube_state_metrics.service())
        self._declare(kubernetes.apps.v1.Deployment, f"{name}--facts", deployment)

    def _declare(self, kind: Any, name: str, manifest: Manifest) -> None:
        declare(kind, name, manifest, self._opts)

    def _config_map(self, resource: str, name: str, data: dict[str, str]) -> None:
        self._declare(kubernetes.core.v1.ConfigMap, resource, prometheus.config_map(name, data))
