"""The contract: what is promised, in which time zone, for which projects. The stack writes it as `contract.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.service_levels.errors import ServiceLevelsError

VERSION = 1


class ContractError(ServiceLevelsError):
    """The contract's file cannot be read, or is not one."""


@dataclass(frozen=True)
class Objectives:
    """What is promised.

    Attributes:
        start_success: Percent of starts that are ready before the deadline.
        start_deadline_seconds: Seconds after which a start has failed.
        cold_start_seconds: Seconds that a start takes on average.
        availability: Percent of the awake workspaces' time in which they are ready.
        self_healing: Percent of outages that end without a person.
        self_healing_minutes: Minutes in which they have to.
    """

    start_success: float
    start_deadline_seconds: int
    cold_start_seconds: int
    availability: float
    self_healing: float
    self_healing_minutes: int


@dataclass(frozen=True)
class CreditBand:
    """Whoever had less than `below` percent of availability gets `percent` of the month's price back."""

    below: float
    percent: float


@dataclass(frozen=True)
class Maintenance:
    """One window of maintenance; `announced` is None where nobody wrote down when it was."""

    name: str
    start: datetime
    end: datetime
    announced: datetime | None


@dataclass(frozen=True)
class Contract:
    """The contract.

    Attributes:
        title: Title of the page.
        zone: Time zone of its days and months.
        interval_seconds: How often the rules are evaluated.
        projects: Names of the projects, by namespace.
        canary_namespace: Namespace that no promise covers.
        objectives: What is promised.
        credit_bands: What is given back.
        maintenance: Windows that are left out.
        rules_sha256: Hash of the rule file.
    """

    title: str
    zone: ZoneInfo
    interval_seconds: int
    projects: Mapping[str, str]
    canary_namespace: str
    objectives: Objectives
    credit_bands: tuple[CreditBand, ...]
    maintenance: tuple[Maintenance, ...]
    rules_sha256: str

    def project(self, namespace: str) -> str:
        """Name of the project of a namespace, also of one that is no longer in the settings."""
        return self.projects.get(namespace) or namespace.removeprefix("ws-")


def read_contract(path: Path) -> Contract:
    """Read the contract.

    Raises:
        ContractError: It is missing, or not a contract of this version.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ContractError(f"{path} is not there; it is the file `contract.json` that the stack writes") from None
    except (OSError, ValueError) as problem:
        raise ContractError(f"{path} cannot be read as JSON: {problem}") from None
    if not isinstance(given, Mapping) or given.get("version") != VERSION:
        raise ContractError(f"{path} is not a contract of version {VERSION}; take page and stack from one release")
    try:
        return _contract(given)
    except ZoneInfoNotFoundError:
        raise ContractError(f"{path}: `{given['timeZone']}` is not a time zone") from None
    except KeyError as problem:
        raise ContractError(f"{path} has no {problem.args[0]}; take page and stack from one release") from None
    except (TypeError, ValueError, AttributeError) as problem:
        raise ContractError(f"{path} is not a contract: {problem}") from None


def _contract(given: Mapping[str, Any]) -> Contract:
    promised = given["objectives"]
    return Contract(
        title=str(given["title"]),
        zone=ZoneInfo(given["timeZone"]),
        interval_seconds=int(given["intervalSeconds"]),
        projects={str(namespace): str(name) for namespace, name in given["projects"].items()},
        canary_namespace=str(given["canaryNamespace"]),
        objectives=Objectives(
            start_success=float(promised["startSuccess"]),
            start_deadline_seconds=int(promised["startDeadlineSeconds"]),
            cold_start_seconds=int(promised["coldStartSeconds"]),
            availability=float(promised["availability"]),
            self_healing=float(promised["selfHealing"]),
            self_healing_minutes=int(promised["selfHealingMinutes"]),
        ),
        credit_bands=tuple(CreditBand(float(one["below"]), float(one["percent"])) for one in given["creditBands"]),
        maintenance=tuple(_maintenance(one) for one in given["maintenance"]),
        rules_sha256=str(given["rulesSha256"]),
    )


def _maintenance(given: Mapping[str, Any]) -> Maintenance:
    announced = given.get("announced")
    return Maintenance(
        str(given["name"]), _instant(given["start"]), _instant(given["end"]), _instant(announced) if announced else None
    )


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"`{text}` has no offset from UTC")
    return found
