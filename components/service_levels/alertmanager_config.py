"""The same routes as an AlertmanagerConfig of the Prometheus operator (monitoring.coreos.com/v1alpha1).

The operator adds a matcher on the object's own namespace to its first route, unless the Alertmanager says
`alertmanagerConfigMatcherStrategy: {type: None}`; most alerts here have no namespace, so that it must say so.
"""

import re
from collections.abc import Sequence
from typing import Any

from components import labels
from components.objects import Manifest, present
from components.service_levels.alertmanager import MAINTENANCE, configuration
from components.service_levels.args import ReceiverArgs, ServiceLevelsArgs
from components.service_levels.prometheus import COMPONENT

NAME = "slate-service-levels"
_MATCHER = re.compile(r'(\w+)(=~|!=|=)"(.*)"')
_KEYS = {
    "group_by": "groupBy",
    "group_wait": "groupWait",
    "group_interval": "groupInterval",
    "repeat_interval": "repeatInterval",
    "mute_time_intervals": "muteTimeIntervals",
    "receiver": "receiver",
}


def alertmanager_config(args: ServiceLevelsArgs) -> Manifest:
    """The object."""
    alerting, plain = args["alerting"], configuration(args)
    receivers = alerting["receivers"]
    intervals = [one for entry in plain.get("time_intervals", ()) for one in entry["time_intervals"]]
    muting = [{"name": MAINTENANCE, "timeIntervals": [_interval(one) for one in intervals]}] if intervals else None
    return {
        "apiVersion": "monitoring.coreos.com/v1alpha1",
        "kind": "AlertmanagerConfig",
        "metadata": {
            "name": NAME,
            "namespace": alerting["namespace"],
            "labels": labels.standard(NAME, COMPONENT) | dict(alerting.get("labels") or {}),
        },
        "spec": present(
            {
                "route": _route(plain["route"]),
                "receivers": [_receiver(entry, receivers.get(entry["name"])) for entry in plain["receivers"]],
                "inhibitRules": [_inhibition(rule) for rule in plain["inhibit_rules"]],
                "muteTimeIntervals": muting,
            }
        ),
    }


def _route(route: dict[str, Any]) -> dict[str, Any]:
    made = {camel: route[key] for key, camel in _KEYS.items() if key in route}
    if "matchers" in route:
        made["matchers"] = _matchers(route["matchers"])
    if "routes" in route:
        made["routes"] = [_route(inner) for inner in route["routes"]]
    return made


def _matchers(texts: Sequence[str]) -> list[dict[str, str]]:
    found = [_MATCHER.fullmatch(text) for text in texts]
    return [{"name": match[1], "matchType": match[2], "value": match[3]} for match in found if match]


def _inhibition(rule: dict[str, Any]) -> dict[str, Any]:
    ends = {"sourceMatch": _matchers(rule["source_matchers"]), "targetMatch": _matchers(rule["target_matchers"])}
    return ends | ({"equal": rule["equal"]} if "equal" in rule else {})


def _receiver(entry: dict[str, Any], receiver: ReceiverArgs | None) -> dict[str, Any]:
    """Secrets are named here, where the file names their place on disk."""
    name = entry["name"]
    if name == "remediator":
        webhook = entry["webhook_configs"][0]
        own = {"url": webhook["url"], "sendResolved": webhook["send_resolved"], "maxAlerts": webhook["max_alerts"]}
        return {"name": name, "webhookConfigs": [own]}
    if receiver is None:
        return {"name": name}
    plain = entry[f"{receiver['type']}_configs"][0]
    secret = receiver.get("secret")
    own = present(
        {
            "sendResolved": True,
            "url": receiver.get("url"),
            {"webhook": "urlSecret", "pagerduty": "routingKey", "slack": "apiURL"}[receiver["type"]]: secret,
            **{key: plain.get(key) for key in ("channel", "title", "text")},
        }
    )
    return {"name": name, f"{receiver['type']}Configs": [own]}


def _interval(interval: dict[str, Any]) -> dict[str, Any]:
    """Days of the month are ranges of numbers here; times are in UTC."""
    day = int(interval["days_of_month"][0])
    return {
        "times": [{"startTime": time["start_time"], "endTime": time["end_time"]} for time in interval["times"]],
        "daysOfMonth": [{"start": day, "end": day}],
        "months": interval["months"],
        "years": interval["years"],
    }
