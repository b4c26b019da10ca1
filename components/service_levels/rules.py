"""All rules as one value: the same groups become a rule file and a PrometheusRule."""

import hashlib

import yaml

from components.service_levels.alerts import alerts
from components.service_levels.args import ServiceLevelsArgs
from components.service_levels.outages import outages
from components.service_levels.promise import Promise
from components.service_levels.promql import Group, group
from components.service_levels.starts import starts
from components.service_levels.states import states
from components.service_levels.windows import windows

_HEADER = "# Made from the setting slate:serviceLevels; changes here are overwritten. See docs/service-levels.md.\n"


class _Dumper(yaml.SafeDumper):
    """Writes expressions as blocks, so that a rule file can be read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def groups(args: ServiceLevelsArgs) -> list[Group]:
    """Groups of recording and alerting rules, each after those that it reads."""
    promise = Promise.of(args)
    pace = f"{promise.interval}s"
    return [
        group("slate-states", pace, [*states(promise), *outages(promise)]),
        group("slate-starts", pace, starts(promise)),
        *windows(promise),
        *alerts(promise),
    ]


def rule_file(args: ServiceLevelsArgs) -> str:
    """The rules as Prometheus reads them from a file."""
    return _HEADER + yaml.dump({"groups": groups(args)}, Dumper=_Dumper, sort_keys=False, width=1000)


def fingerprint(rule_file: str) -> str:
    """Hash of a rule file, SHA-256 in hexadecimal digits: a report names the rules that its numbers come from."""
    return hashlib.sha256(rule_file.encode()).hexdigest()
