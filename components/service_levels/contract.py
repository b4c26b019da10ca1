"""The contract as data: what page, report, remediator and local tools need to know of the promises."""

from typing import Any

from components.service_levels import kube_state_metrics
from components.service_levels.args import ServiceLevelsArgs
from components.service_levels.promise import CANARY_NAMESPACE, Promise
from components.service_levels.rules import fingerprint, rule_file

VERSION = 1
"""Rises when a reader of an older one would go wrong."""


def contract(args: ServiceLevelsArgs) -> dict[str, Any]:
    """The contract; every key is always there.

    Args:
        args: What was declared.
    """
    promise = Promise.of(args)
    return {
        "version": VERSION,
        "title": args["title"],
        "timeZone": args["time_zone"],
        "intervalSeconds": promise.interval,
        "scrapeIntervalSeconds": promise.interval,
        "retention": args["prometheus"]["retention"],
        "prometheusUrl": args["prometheus"].get("url"),
        "projects": dict(args["projects"]),
        "canaryNamespace": CANARY_NAMESPACE,
        "canaryPeriodSeconds": promise.canary_period,
        "objectives": {
            "startSuccess": args["start_success"],
            "startDeadlineSeconds": promise.deadline,
            "coldStartSeconds": promise.fast,
            "availability": args["availability"],
            "selfHealing": args["self_healing"],
            "selfHealingMinutes": promise.limit // 60,
        },
        "creditBands": [dict(band) for band in args["credit_bands"]],
        "maintenance": [{"announced": None, **window} for window in args["maintenance"]],
        "kubeStateMetrics": {
            "serviceAccount": kube_state_metrics.NAME,
            "arguments": kube_state_metrics.arguments(),
        },
        "rulesSha256": fingerprint(rule_file(args)),
    }
