"""What the rules are told about a stack; `policies.parameters` reads it from the stack's file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any


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
    no_day: str = ""
    """What is written as the last day, where it is none."""

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


def _gpus(settings: Mapping[str, Any]) -> int | None:
    pools = settings.get("nodePools")
    if not isinstance(pools, list):
        return None
    total = 0
    for pool in pools:
        accelerator, size = pool.get("accelerator") or {}, pool.get("size") or {}
        total += int(accelerator.get("count") or 0) * int(size.get("max") or size.get("fixed") or 0)
    return total
