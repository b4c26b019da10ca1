"""`ServiceLevels`: the contract, measured and alerted on."""

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from components.objects import Manifest, check_keys, declare, declare_untyped
from components.service_levels import (
    alertmanager,
    alertmanager_config,
    dashboard,
    kube_state_metrics,
    prometheus,
    report,
    shown,
    status_page,
)
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
            if args.get("remediation"):
                declare_untyped(f"{name}--remediator", prometheus.remediator_monitor(args), self._opts)
        if args["alerting"]["delivery"] in _WITH_FILE:
            declare(kubernetes.core.v1.Secret, f"{name}--routes", alertmanager.secret(args), self._opts)
        if args["alerting"]["delivery"] in _WITH_OPERATOR:
            declare_untyped(f"{name}--routes-config", alertmanager_config.alertmanager_config(args), self._opts)
        if "dashboard" in args:
            self._declare(kubernetes.core.v1.ConfigMap, f"{name}--dashboard", dashboard.config_map(args))
        self._declare_shown(name, args)
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

    def _declare_shown(self, name: str, args: ServiceLevelsArgs) -> None:
        """Page and report, where there is somebody to ask; beside an embedded cluster they are local programs."""
        image, key = args.get("image"), args.get("id_key")
        wanted = [job for kind, job in (("status_page", status_page), ("report", report)) if kind in args]
        if not wanted or image is None or key is None or "url" not in args["prometheus"]:
            return
        core = kubernetes.core.v1
        self._declare(core.PersistentVolumeClaim, f"{name}--pages", shown.volume_claim(args))
        self._declare(core.Secret, f"{name}--ids", shown.ids_secret(key))
        notes = shown.notes((args.get("status_page") or {}).get("incidents"))
        self._config_map(f"{name}--notes", shown.NOTES, notes)
        self._declare(kubernetes.networking.v1.NetworkPolicy, f"{name}--pages", shown.network_policy(args))
        for job in wanted:
            self._declare(kubernetes.batch.v1.CronJob, f"{name}--{job.NAME}", job.cron_job(args, image))

    def _declare(self, kind: Any, name: str, manifest: Manifest) -> None:
        declare(kind, name, manifest, self._opts)

    def _config_map(self, resource: str, name: str, data: dict[str, str]) -> None:
        self._declare(kubernetes.core.v1.ConfigMap, resource, prometheus.config_map(name, data))
