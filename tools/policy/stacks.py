"""A stack's configuration as the engine would hand it out, with what only a real run knows filled in."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from settings.load import SECRET_KEYS
from tools.policy.problem import PolicyProblem
from tools.stack import configuration
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem

LOCAL_REGISTRY = "127.0.0.1:5000"
NOT_BUILT = "sha256:" + "0" * 64


def names(root: Path) -> list[str]:
    """The stacks that have a file in a folder."""
    return configuration.stack_names(Layout(root))


def read(root: Path, stack: str) -> dict[str, Any]:
    """The `slate:` settings of a stack's file, checked, and the defaults of Pulumi.yaml; secrets are left out.

    Raises:
        PolicyProblem: There is no such stack, its file cannot be read, or its settings are wrong; as a preview says it.
    """
    layout = Layout(root)
    try:
        _, document = configuration.read_settings(stack, layout)
        project = configuration.read_yaml(layout.root / "Pulumi.yaml")
        values = configuration.settings_values(document, project, layout.settings_file(stack).name)
    except StackProblem as problem:
        raise PolicyProblem(str(problem)) from problem
    return {key: value for key, value in values.items() if key not in SECRET_KEYS}


def filled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Checked settings that need no run before: images count as built, a local registry has an address."""
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
