"""Homes stay where they are: a simulated volume cannot be mounted, and a folder is on one machine."""

from collections.abc import Iterable
from typing import Any

from settings import Settings
from tools.cluster.addons import PROVISIONER
from tools.node.volumes import BY
from tools.stack.kubectl import Kubectl
from tools.stack.problem import StackProblem

_PROVIDED_BY = "pv.kubernetes.io/provisioned-by"


def read(kubectl: Kubectl) -> dict[tuple[str, str], str]:
    """Return who provided the volume of each claim, by namespace and name."""
    return owners(kubectl.items(["persistentvolumes"]))


def owners(volumes: Iterable[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Return who provided the volume of each claim, by namespace and name."""
    found = {}
    for volume in volumes:
        claim = volume["spec"].get("claimRef") or {}
        by = (volume["metadata"].get("annotations") or {}).get(_PROVIDED_BY, "")
        if claim:
            found[claim["namespace"], claim["name"]] = by
    return found


def check(provided: dict[tuple[str, str], str], settings: Settings, real: set[str]) -> None:
    """Refuse to move workspaces away from their homes.

    Args:
        provided: Who provided the volume of each claim.
        settings: The stack's settings.
        real: The pools that are on the real node.

    Raises:
        StackProblem: A workspace's home is on the other kind of node.
    """
    stuck = []
    for project in settings.fleet():
        for space in project.workspaces:
            by = provided.get((project.namespace, f"home-{space.name}-0"))
            if by == (PROVISIONER if space.pool in real else BY):
                stuck.append(f"{project.name}/{space.name}")
    if stuck:
        here, there = ("simulated", "the real") if real else ("real", "a simulated")
        raise StackProblem(
            f"The homes of {', '.join(stuck)} are on {here} nodes, and cannot be had on {there} one. Remove them with"
            " everything else (make reset), or work in another clone."
        )
