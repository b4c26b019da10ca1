"""What the rules are told for each stack: `policies/config/<stack>.json`, checked once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "config"
LEVELS = ("mandatory", "advisory", "disabled")
EXEMPTION_KEYS = ("rule", "resource", "reason", "owner", "expires")


class PolicyConfigError(ValueError):
    """A file of parameters is not as it must be; the message says what, where and how to put it right."""


@dataclass(frozen=True)
class Exemption:
    """A rule that one object is allowed to break, for a time."""

    rule: str
    resource: str
    """`Kind namespace/name`, or `Kind name` for objects of the whole cluster."""
    reason: str
    owner: str
    expires: date | None
    source: str
    """Where it is written down: the file, or the annotation's object."""

    @property
    def complete(self) -> bool:
        """Whether it says all that it must."""
        return bool(self.reason.strip() and self.owner.strip() and self.expires)


@dataclass(frozen=True)
class Parameters:
    """Parameters of all rules. In lists of text, `{registry}` and `{domain}` stand for the stack's own settings."""

    registries: tuple[str, ...] = ("{registry}/",)
    """Prefixes of allowed images, each with its slash at the end."""
    mirrors: tuple[str, ...] = (
        "http://conda-mirror.slate-system.svc:8100",
        "http://conda-cache.slate-system.svc:8100",
    )
    """Origins that packages may be installed from, without a slash at the end."""
    domain: str = "{domain}"
    """Domain of the workspaces' host names."""
    pod_security_version: str = "v1.36"
    """The pinned version of the Pod Security Standards."""
    minimum_user_id: int = 1000
    maximum_user_id: int = 65535
    toleration_keys: tuple[str, ...] = ("nvidia.com/gpu",)
    runtime_classes: tuple[str, ...] = ("nvidia",)
    priority_classes: tuple[str, ...] = ("slate-interactive", "slate-batch")
    csi_drivers: tuple[str, ...] = ()
    """Drivers of volumes that are declared inside a pod."""
    internet_egress: bool = False
    """Whether a project may reach every address of the internet (never the metadata services)."""
    protect_projects: bool = True
    """Whether a project's namespace must bear Pulumi's protection."""
    maximum_idle_minutes: int = 480
    break_glass_group: str = "slate:break-glass"
    """Members are let through by the API server, and noted in its audit log."""
    floors: Mapping[str, float] = field(
        default_factory=lambda: {"startSuccess": 99.0, "availability": 99.5, "selfHealing": 80}
    )
    """The lowest target of each service level."""
    ceilings: Mapping[str, float] = field(
        default_factory=lambda: {"startDeadlineSeconds": 600, "coldStartSeconds": 60, "selfHealingMinutes": 30}
    )
    """The highest time of each service level."""
    alerts: Mapping[str, str] = field(
        default_factory=lambda: {
            "WorkspaceAvailabilityBudgetBurn": "critical",
            "WorkspaceStartupBudgetBurn": "critical",
            "WorkspaceErrorBudgetExhausted": "warning",
            "WorkspaceSelfHealingBelowObjective": "warning",
            "WorkspaceColdStartSlow": "warning",
            "WorkspaceNotHealed": "critical",
            "WorkspaceSLIMissing": "critical",
            "WorkspaceMeasurementIncomplete": "warning",
        }
    )
    """Alerts on service levels that must be there, with the severity that one of them must have."""
    gpus: int | None = None
    """GPUs of all pools together; None: as the stack's own settings say."""
    levels: Mapping[str, str] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    source: str = "defaults"

    def level(self, rule: str) -> str:
        """The level of a rule in this stack."""
        return self.levels.get(rule, "mandatory")

    def resolved(self, settings: Mapping[str, Any]) -> "Parameters":
        """These parameters with the stack's own settings put in.

        Args:
            settings: The `slate:` keys of the stack, without the prefix.
        """
        registry = (settings.get("registry") or {}).get("host") if isinstance(settings.get("registry"), Mapping) else ""
        own = {"{registry}": str(registry or ""), "{domain}": str(settings.get("domain") or "")}

        def put(text: str) -> str:
            for mark, value in own.items():
                text = text.replace(mark, value)
            return text

        return replace(
            self,
            registries=tuple(entry for entry in map(put, self.registries) if not entry.startswith("/")),
            mirrors=tuple(put(entry) for entry in self.mirrors),
            domain=put(self.domain),
            gpus=_gpus(settings) if self.gpus is None else self.gpus,
        )


def key_of(name: str) -> str:
    """A parameter's key in the file."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


_NAMES = {
    key_of(entry.name): entry for entry in fields(Parameters) if entry.name not in ("levels", "exemptions", "source")
}


def load(stack: str, folder: Path = FOLDER) -> Parameters:
    """The parameters of a stack: its own file, else `default.json`.

    Raises:
        PolicyConfigError: The file cannot be read or is not right.
    """
    path = folder / f"{stack}.json"
    if not path.exists():
        path = folder / "default.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyConfigError(f"policies/config/{path.name} cannot be read: {error}") from error
    return parse(document, f"policies/config/{path.name}")


def parse(document: Any, source: str) -> Parameters:
    """Check the content of a file.

    Raises:
        PolicyConfigError: Names every problem.
    """
    problems: list[str] = []
    if not isinstance(document, Mapping):
        raise PolicyConfigError(f"{source}: must be an object with parameters, levels and exemptions")
    for key in document.keys() - {"$comment", "parameters", "levels", "exemptions"}:
        problems.append(f"unknown key {key!r}; allowed: parameters, levels, exemptions")
    values: dict[str, Any] = {}
    for key, value in (document.get("parameters") or {}).items():
        entry = _NAMES.get(key)
        if entry is None:
            problems.append(f"parameters.{key} is unknown; allowed: {', '.join(sorted(_NAMES))}")
            continue
        wrong = _wrong(entry.name, value)
        if wrong:
            problems.append(f"parameters.{key} {wrong}")
        else:
            values[entry.name] = tuple(value) if isinstance(value, list) else value
    levels = dict(document.get("levels") or {})
    problems += [
        f"levels.{rule} is {level!r}; allowed: {', '.join(LEVELS)}"
        for rule, level in levels.items()
        if level not in LEVELS
    ]
    exemptions = [
        _exemption(entry, index, source, problems) for index, entry in enumerate(document.get("exemptions") or [])
    ]
    if problems:
        raise PolicyConfigError("\n".join(f"{source}: {problem}" for problem in problems))
    found = tuple(entry for entry in exemptions if entry)
    return Parameters(**values, levels=levels, exemptions=found, source=source)


def parse_date(text: str) -> date | None:
    """A day as ISO 8601 writes it, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _wrong(name: str, value: Any) -> str | None:
    default = getattr(Parameters(), name)
    if isinstance(default, bool):
        return None if isinstance(value, bool) else "must be true or false"
    if name == "gpus" or isinstance(default, int):
        return (
            None if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "must be a whole number"
        )
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            return "must be a list of texts"
        bare = [item for item in value if name == "registries" and not item.endswith("/")]
        # Without it `registry.example.org:5000` would also allow `registry.example.org:5000.evil.example`.
        return f"must end with a slash: {bare[0]!r}" if bare else None
    if name == "alerts":
        texts = isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
        return None if texts else "must be an object of texts"
    if isinstance(default, Mapping):
        known = set(default)
        if not isinstance(value, Mapping) or set(value) - known:
            return f"must be an object with some of {', '.join(sorted(known))}"
        return None if all(isinstance(item, int | float) for item in value.values()) else "must hold numbers"
    return None if isinstance(value, str) and value else "must be a text"


def _exemption(entry: Any, index: int, source: str, problems: list[str]) -> Exemption | None:
    where = f"exemptions[{index}]"
    if not isinstance(entry, Mapping) or set(entry) - set(EXEMPTION_KEYS) or not {"rule", "resource"} <= set(entry):
        problems.append(f"{where} must have rule and resource, and reason, owner and expires; nothing else")
        return None
    expires = parse_date(str(entry.get("expires") or ""))
    return Exemption(
        rule=str(entry["rule"]),
        resource=str(entry["resource"]),
        reason=str(entry.get("reason") or ""),
        owner=str(entry.get("owner") or ""),
        expires=expires,
        source=source,
    )


def _gpus(settings: Mapping[str, Any]) -> int | None:
    pools = settings.get("nodePools")
    if not isinstance(pools, list):
        return None
    total = 0
    for pool in pools:
        accelerator, size = pool.get("accelerator") or {}, pool.get("size") or {}
        total += int(accelerator.get("count") or 0) * int(size.get("max") or size.get("fixed") or 0)
    return total
