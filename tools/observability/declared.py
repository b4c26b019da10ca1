"""What the stack has declared about its service levels, as the cluster holds it after `pulumi up`."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.observability.errors import ObservabilityError

NAMESPACE, CANARY_NAMESPACE = "slate-system", "slate-canary"
RULES, CONTRACT, ALERTMANAGER = "service-level-rules", "service-level-contract", "alertmanager"
_RULES_KEY, _CONTRACT_KEY, _ALERTMANAGER_KEY = "rules.yml", "contract.json", "alertmanager.yml"

_KINDS = ("configmaps", "secrets", "deployments.apps", "cronjobs.batch")
SERVICES = "services.service_levels"
REMEDIATE, CANARY = "remediate", "canary"

Items = Callable[[Sequence[str], str], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Account:
    """A ServiceAccount that a program runs as."""

    name: str
    namespace: str = NAMESPACE


@dataclass(frozen=True)
class Companion:
    """A program that the stack declares as a pod, and that runs on this machine while nodes are simulated.

    Attributes:
        name: Name of the object that declares it, and of its Service.
        command: Its command line, which begins with Python's name.
        account: The ServiceAccount that it runs as.
        port: The port that it listens on; 0: none.
        schedule: When it runs, as a cron expression; empty: always.
    """

    name: str
    command: tuple[str, ...]
    account: Account
    port: int = 0
    schedule: str = ""


@dataclass(frozen=True)
class Declared:
    """What is declared.

    Attributes:
        rules: Prometheus' rule file.
        contract: The service level contract: objectives, time zone, how facts are collected.
        alertmanager: Alertmanager's configuration; empty if the stack declares none.
        companions: Programs that are declared as pods, by what they do: `remediate`, `canary`.
    """

    rules: str
    contract: Mapping[str, Any]
    alertmanager: str = ""
    companions: Mapping[str, Companion] = field(default_factory=dict)

    @property
    def scrape_seconds(self) -> float:
        """How often facts are collected and rules evaluated."""
        return float(self._collection("scrapeIntervalSeconds", 30))

    @property
    def retention(self) -> str:
        """How long Prometheus keeps what it measured, such as 45d."""
        return str(self._collection("retention", "45d"))

    def program(self, name: str) -> Mapping[str, Any]:
        """Returns what the contract says of a program: its `serviceAccount` and `arguments`; empty if nothing."""
        value = self.contract.get(name)
        return value if isinstance(value, Mapping) else {}

    def _collection(self, key: str, default: object) -> Any:
        value = self.contract.get(key, default)
        return default if value in (None, "") else value


def read(items: Items) -> Declared | None:
    """Returns what the stack has declared, or None if it declares no service levels.

    Args:
        items: Lists the objects of some kinds in a namespace.

    Raises:
        ObservabilityError: The contract is damaged.
    """
    found = {
        (item["kind"], item["metadata"]["name"]): item
        for namespace in (CANARY_NAMESPACE, NAMESPACE)
        for item in items(_KINDS, namespace)
    }
    rules, contract = found.get(("ConfigMap", RULES)), found.get(("ConfigMap", CONTRACT))
    if rules is None or contract is None:
        return None
    routing = (found.get(("Secret", ALERTMANAGER)) or {}).get("data") or {}
    return Declared(
        rules=rules["data"][_RULES_KEY],
        contract=_contract(contract["data"][_CONTRACT_KEY]),
        alertmanager=base64.b64decode(routing.get(_ALERTMANAGER_KEY, "")).decode(),
        companions=_companions(found.values()),
    )


def from_files(rules: Path, contract: Path, alertmanager: Path | None) -> Declared:
    """Returns what files hold; for the command line and for tests.

    Raises:
        ObservabilityError: A file cannot be read or is damaged.
    """
    try:
        routing = alertmanager.read_text(encoding="utf-8") if alertmanager else ""
        text = contract.read_text(encoding="utf-8")
        return Declared(rules.read_text(encoding="utf-8"), _contract(text), routing)
    except OSError as error:
        raise ObservabilityError(f"{error.filename} cannot be read: {error.strerror}.") from error


def _companions(items: Iterable[Mapping[str, Any]]) -> dict[str, Companion]:
    """The programs that are declared as pods, told by their command."""
    found = {}
    for item in items:
        if item["kind"] not in ("Deployment", "CronJob"):
            continue
        spec = item["spec"]
        pod = (spec["jobTemplate"]["spec"] if item["kind"] == "CronJob" else spec)["template"]["spec"]
        container = pod["containers"][0]
        command = (*(container.get("command") or ()), *(container.get("args") or ()))
        does = command[command.index(SERVICES) + 1] if SERVICES in command[:-1] else ""
        if does in (REMEDIATE, CANARY):
            account = Account(pod.get("serviceAccountName", "default"), item["metadata"]["namespace"])
            port = next((entry["containerPort"] for entry in container.get("ports") or ()), 0)
            found[does] = Companion(item["metadata"]["name"], command, account, port, spec.get("schedule", ""))
    return found


def _contract(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ObservabilityError(f"{_CONTRACT_KEY} of ConfigMap {CONTRACT} is no JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ObservabilityError(f"{_CONTRACT_KEY} of ConfigMap {CONTRACT} must be a JSON object.")
    return value
