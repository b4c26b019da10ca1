"""A small valid set of settings, and ways to spoil it."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from settings.errors import Refusal

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("dev", "onprem", "eks")
DIGEST = "sha256:" + "0123456789abcdef" * 4
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDAtki+YZhmE73flF1mNue1rwzIUmwPGv1Rqzt26Tmyj alice@laptop"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXmpkgUxRvIkeSnJBeiocMbJXSJR2iZ9Rxn6M1tA/X2 bob@laptop"

Change = Callable[[dict[str, Any]], None]

_VALID: dict[str, Any] = {
    "domain": "slate.example.com",
    "registry": {"host": "registry.example.com", "pullSecret": "registry-read"},
    "nodePools": [
        {
            "name": "cpu",
            "backend": {"type": "existing", "nodeSelector": {"example.com/class": "compute"}},
            "shape": {
                "cpu": 16,
                "memory": "64Gi",
                "ephemeralStorage": "200Gi",
                "reserved": {"cpu": "500m", "memory": "2Gi", "ephemeralStorage": "10Gi"},
            },
            "size": {"fixed": 2},
            "zones": ["a", "b"],
            "taints": [{"key": "example.com/workspaces", "value": "only", "effect": "NoSchedule"}],
            "prePull": [f"registry.example.com/slate/tabular@{DIGEST}"],
            "warm": {"spare": 2, "profile": "small"},
            "profiles": [
                {"name": "small", "cpu": 1, "cpuLimit": 2, "memory": "4Gi"},
                {"name": "large", "cpu": 4, "memory": "16Gi"},
            ],
        },
        {
            "name": "gpu",
            "backend": {
                "type": "karpenter",
                "nodeClass": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                "requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]}],
            },
            "shape": {"cpu": 32, "memory": "256Gi", "ephemeralStorage": "500Gi"},
            "accelerator": {"count": 4},
            "size": {"max": 3},
            "disruption": {"freeze": [{"schedule": "0 8 * * 1-5", "duration": "10h"}]},
            "profiles": [{"name": "gpu-1", "cpu": 6, "memory": "48Gi", "gpus": 1}],
        },
    ],
    "workspaceDefaults": {"profile": "small", "environment": "tabular", "idle": {"afterMinutes": 30, "warnMinutes": 5}},
    "projects": [
        {
            "name": "vision",
            "members": [{"name": "vision-team", "kind": "Group"}],
            "quota": {
                "cpu": 12,
                "memory": "72Gi",
                "storage": "100Gi",
                "ephemeralStorage": "100Gi",
                "gpus": 1,
                "workspaces": 4,
            },
            "dataSets": [{"name": "photos", "claim": "photos-2026"}],
            "egress": [{"cidr": "10.20.0.0/16", "ports": [443]}],
            "workspaces": [
                {"name": "alice", "user": "alice", "profile": "gpu-1", "sshKeys": [KEY], "homeSize": "20Gi"},
                {"name": "bob", "user": "bob", "idle": {"afterMinutes": 60}},
            ],
        }
    ],
    "images": {"environments": {"tabular": f"registry.example.com/slate/tabular@{DIGEST}"}},
    "conda": {
        "mirror": "external",
        "mirrorUrl": "https://conda.example.com",
        "upstreamChannels": ["conda-forge", {"name": "team", "url": "https://conda.example.com/team"}],
    },
    "serviceLevels": {"startSuccess": 99.5, "availability": 99.9},
}


def valid() -> dict[str, Any]:
    """A fresh copy of valid settings."""
    return copy.deepcopy(_VALID)


def stack_file(name: str) -> dict[str, Any]:
    """A stack file of the repository, parsed."""
    return yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))


def stack_values(name: str) -> dict[str, Any]:
    """The `slate:` keys of a stack file, without their prefix."""
    return {key.removeprefix("slate:"): value for key, value in stack_file(name)["config"].items()}


def put(path: str, value: object) -> Change:
    """A change that sets the value at a path such as `projects[0].quota.cpu`, or appends at `[]`."""

    def change(values: dict[str, Any]) -> None:
        *parents, key = _keys(path)
        holder = _at(values, parents)
        if key == "":
            holder.append(value)
        else:
            holder[key] = value

    return change


def drop(path: str) -> Change:
    """A change that removes the key or entry at a path."""

    def change(values: dict[str, Any]) -> None:
        *parents, key = _keys(path)
        del _at(values, parents)[key]

    return change


def rename(path: str, name: str) -> Change:
    """A change that renames the key at a path."""

    def change(values: dict[str, Any]) -> None:
        *parents, key = _keys(path)
        holder = _at(values, parents)
        holder[name] = holder.pop(key)

    return change


def together(*changes: Change) -> Change:
    """Several changes as one."""

    def change(values: dict[str, Any]) -> None:
        for one in changes:
            one(values)

    return change


def changed(*changes: Change) -> dict[str, Any]:
    """Valid settings after the changes."""
    values = valid()
    together(*changes)(values)
    return values


def answer(rule: Callable[..., Any], value: object) -> Any:
    """What a rule makes of a value: the accepted one, or the refusal."""
    try:
        return rule(value)
    except Refusal as refusal:
        return refusal


def _at(values: Any, keys: list[Any]) -> Any:
    for key in keys:
        values = values[key]
    return values


def _keys(path: str) -> list[Any]:
    return [name or (int(index) if index else "") for name, index in re.findall(r"([A-Za-z0-9_-]+)|\[([0-9]*)\]", path)]
