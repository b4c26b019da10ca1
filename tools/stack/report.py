"""The tables at the end of `make up`, and of `make status`."""

from collections.abc import Mapping
from typing import Any

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.in_use import language_host_in_use, provider_in_use
from tools.stack import observing, overview, real_node, supply, target
from tools.stack.locks import described_backend
from tools.stack.progress import Progress
from tools.stack.session import Session
from tools.stack.tables import table


def show(session: Session, progress: Progress) -> None:
    """Print workspaces, node pools, quotas, what is in use, and what to do next."""
    outputs = session.pulumi.outputs()
    fleet = overview.read_fleet(session.kubectl)
    declared = outputs.get("workspaces") or []
    if session.target.kind == target.EMBEDDED:
        declared = real_node.with_ssh(session.request.stack, session.layout, declared)
    namespaces = set(outputs.get("namespaces") or [])
    spaces = overview.workspace_rows(overview.workspaces(declared, fleet))
    progress.say(table("Workspaces", ["project", "name", "state", "pool", "host", "ssh"], spaces))
    progress.say()
    pools = overview.pool_rows(outputs.get("node_pools"), fleet)
    progress.say(table("Node pools", ["name", "nodes ready", "requested of allocatable"], pools))
    progress.say()
    quotas = overview.quota_rows(fleet, namespaces)
    columns = ["project", "cpu", "memory", "homes", "workspaces", "accelerators"]
    progress.say(table("Quotas in use", columns, quotas))
    progress.say()
    progress.say(table("In use", ["what", "which"], in_use(session, outputs)))
    progress.say()
    progress.say(next_steps(session))
    progress.say()


def in_use(session: Session, outputs: Mapping[str, Any]) -> list[list[str]]:
    """Cluster, state, images, kubernetes provider and language host."""
    rows = [["cluster", session.target.describe()], ["state", described_backend(session.pulumi.environment)]]
    images = session.supplied.images or _applied_images(session, outputs)
    if images:
        rows.append(["images", images])
    node = real_node.status(session.layout) if session.target.kind == target.EMBEDDED else None
    if node is not None and node.state != "stopped":
        rows.append(["real node", f"{node.name} at {node.address}, {node.state}; other nodes are simulated"])
    if session.target.kind == target.EMBEDDED:
        rows += observing.in_use(session.layout)
    for name, ask in (("kubernetes provider", provider_in_use), ("language host", language_host_in_use)):
        try:
            kind, version, where = ask()
            rows.append([name, f"{kind} {version}, {where}"])
        except BootstrapError:
            rows.append([name, "not installed by Slate: see `make doctor`"])
    return rows


def _applied_images(session: Session, outputs: Mapping[str, Any]) -> str:
    """What the images are after the last `make up`, for a command that supplies none; empty where others build them."""
    settings = session.settings
    if session.target.kind != target.EMBEDDED or not settings.images.build or settings.scope == "projects":
        return ""
    return supply.applied(session.request.stack, session.layout, built_here="images" in outputs)


def next_steps(session: Session) -> str:
    """What a user does next."""
    stack, suffix = session.request.stack, session.request.suffix
    lines = [
        "Next steps",
        f"  edit Pulumi.{stack}.yaml, then `make preview{suffix}` and `make up{suffix}`",
        f'  eval "$(make -s shell-env{suffix})"   then kubectl and pulumi work in this shell',
    ]
    if session.target.kind == target.EMBEDDED:
        lines.append(f"  make status{suffix}, make logs, make down (stops the embedded cluster; its data stays)")
        lines += real_node.next_steps(session.layout, str(session.settings.domain))
    return "\n".join(lines)
