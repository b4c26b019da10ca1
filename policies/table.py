"""The table: every rule, by theme."""

from policies.rule import Rule
from policies.rules import (
    accounts,
    confinement,
    homes,
    host,
    identity,
    images,
    isolation,
    namespaces,
    network,
    resources,
    secrets,
    stack,
    volumes,
)

THEMES: dict[str, tuple[Rule, ...]] = {
    "Identity": identity.RULES,
    "Privilege and confinement": confinement.RULES,
    "The node and its network": host.RULES,
    "Volumes": volumes.RULES,
    "Homes": homes.RULES,
    "Resources and GPUs": resources.RULES,
    "Images and packages": images.RULES,
    "Service accounts, roles and bindings": accounts.RULES,
    "Secrets in the clear": secrets.RULES,
    "Network and routes": isolation.RULES + network.RULES,
    "Namespaces": namespaces.RULES,
    "Ways around the rules": stack.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in THEMES.values() for rule in rules)
BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
