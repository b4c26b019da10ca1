"""The programs: their command lines, and how they are asked whether they work. Pure: nothing is started here."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools.cluster.ports import ADDRESS
from tools.observability.declared import Account, Declared
from tools.observability.layout import Layout

PROMETHEUS, ALERTMANAGER, FACTS = "prometheus", "alertmanager", "kube-state-metrics"
TELEMETRY = "kube-state-metrics-telemetry"  # its own metrics have a port of their own
REMEDIATOR = "remediator"
PORTS = (PROMETHEUS, ALERTMANAGER, FACTS, TELEMETRY, REMEDIATOR)
BINARIES = (PROMETHEUS, "promtool", ALERTMANAGER, "amtool", FACTS)
GROUPS = ("prometheus", "alertmanager", "kube-state-metrics")


@dataclass(frozen=True)
class Program:
    """A program to run.

    Attributes:
        name: Name of the program and of its log.
        command: Its command line; it holds paths of secrets, never secrets.
        port: The port of 127.0.0.1 at which it is asked; 0: it has none.
        path: What it is asked for; it answers 200 when it works.
        variables: Environment variables of its own.
        account: The ServiceAccount that it runs as, if it uses the cluster.
    """

    name: str
    command: tuple[str, ...]
    port: int = 0
    path: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns the program for the plan."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Program":
        """Returns the program in a plan.

        Raises:
            KeyError, TypeError: It is damaged.
        """
        account = Account(**value["account"]) if value["account"] else None
        return cls(**{**value, "command": tuple(value["command"]), "account": account})


def facts(declared: Declared, layout: Layout, ports: Mapping[str, int], binaries: Path) -> Program:
    """Returns kube-state-metrics, which tells the cluster's facts, with the metrics that the stack declares."""
    wanted = declared.program("kubeStateMetrics")
    account = Account(str(wanted.get("serviceAccount", FACTS)))
    command = (
        str(binaries / FACTS),
        f"--host={ADDRESS}",
        f"--port={ports[FACTS]}",
        f"--telemetry-host={ADDRESS}",
        f"--telemetry-port={ports[TELEMETRY]}",
        f"--kubeconfig={layout.kubeconfig(account.name)}",
        *(str(argument) for argument in wanted.get("arguments", ())),
    )
    return Program(FACTS, command, ports[FACTS], "/healthz", account=account)


def prometheus(declared: Declared, layout: Layout, ports: Mapping[str, int], binaries: Path) -> Program:
    """Returns Prometheus."""
    command = (
        str(binaries / PROMETHEUS),
        f"--config.file={layout.prometheus_file}",
        f"--storage.tsdb.path={layout.prometheus}",
        f"--storage.tsdb.retention.time={declared.retention}",
        f"--web.listen-address={ADDRESS}:{ports[PROMETHEUS]}",
        "--log.level=warn",
    )
    return Program(PROMETHEUS, command, ports[PROMETHEUS], "/-/ready")


def alertmanager(layout: Layout, ports: Mapping[str, int], binaries: Path) -> Program:
    """Returns Alertmanager, alone: without a cluster of its own kind."""
    command = (
        str(binaries / ALERTMANAGER),
        f"--config.file={layout.alertmanager_file}",
        f"--storage.path={layout.alertmanager}",
        f"--web.listen-address={ADDRESS}:{ports[ALERTMANAGER]}",
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    return Program(ALERTMANAGER, command, ports[ALERTMANAGER], "/-/ready")


def python(*module: str) -> tuple[str, ...]:
    """Returns the command line of a module of this clone."""
    return (sys.executable, "-m", *module)
