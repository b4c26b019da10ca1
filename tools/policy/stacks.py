"""A stack's configuration as the engine would hand it out, with what only a real run knows filled in."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.policy.problem import PolicyProblem

LOCAL_REGISTRY = "127.0.0.1:5000"
NOT_BUILT = "sha256:" + "0" * 64


def names(root: Path) -> list[str]:
    """The stacks that have a file in a folder."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))


def read(root: Path, stack: str) -> dict[str, Any]:
    """The `slate:` settings of a stack's file, and the defaults of Pulumi.yaml; encrypted values are left out.

    Raises:
        PolicyProblem: The file cannot be read.
    """
    path = root / f"Pulumi.{stack}.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        declared = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    except (OSError, yaml.YAMLError) as error:
        raise PolicyProblem(f"{path.name} cannot be read: {error}") from error
    given = {
        key.removeprefix("slate:"): value
        for key, value in (content.get("config") or {}).items()
        if not (isinstance(value, Mapping) and "secure" in value)
    }
    defaults = {
        key.removeprefix("slate:"): entry["default"]
        for key, entry in declared.items()
        if isinstance(entry, Mapping) and "default" in entry
    }
    return defaults | given


def filled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that need no run before: images count as built, a local registry has an address."""
    made = copy.deepcopy(dict(settings))
    registry, images = made.get("registry") or {}, made.get("images") or {}
    if registry.get("type") == "local":
        registry.setdefault("host", LOCAL_REGISTRY)
        made["registry"] = registry
    if images.get("build"):
        built = {name: f"{registry.get('host')}/slate/{name}@{NOT_BUILT}" for name in environments(made)}
        images = {key: value for key, value in images.items() if key not in ("locks", "builder", "builderName")}
        images["environments"] = built | dict(images.get("environments") or {})
        made["images"] = images | {"build": False}
    return made


def environments(settings: Mapping[str, Any]) -> set[str]:
    """The environments that workspaces of a stack use."""
    defaults = settings.get("workspaceDefaults") or {}
    found = {defaults.get("environment") or "default"}
    for project in settings.get("projects") or []:
        found.add(project.get("environment") or "default")
        found |= {space["environment"] for space in project.get("workspaces") or [] if space.get("environment")}
    return found


def as_text(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as the engine hands them out: text, with objects as JSON."""
    return {f"slate:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}
