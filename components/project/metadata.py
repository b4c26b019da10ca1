"""Metadata of what a project declares in its namespace."""

from typing import Any

from components import labels
from components.project.args import ProjectArgs


def metadata(args: ProjectArgs, name: str, role: str) -> dict[str, Any]:
    """Name, namespace and labels of one of the project's objects.

    Args:
        args: Of the project.
        name: Name of the object.
        role: What it is for: `project`, `isolation` or `access`.
    """
    return {
        "name": name,
        "namespace": labels.namespace_of(args["name"]),
        "labels": labels.standard(args["name"], role, project=args["name"]),
    }
