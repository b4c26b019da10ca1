"""The tables at the end of `make up`, and of `make status`."""

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.in_use import language_host_in_use, provider_in_use
from tools.stack import overview, real_node, target
from tools.stack.locks import described_backend
from tools.stack.progress import Progress
from tools.stack.session import Session
from tools.stack.tables import table


def show(session: Session, progress: Progress) -> None:
    """Print workspaces, node pools, quotas, what is in use, and what to do next."""
    outputs = session.pulumi.outputs()
    fleet = overview.read_fleet(session.kubectl)
    declared = outputs.get("workspaces") or []
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
    progress.say(table("In use", ["what", "which"], in_use(session)))
    progress.say()
    progress.say(next_steps(session))
    progress.say()


def in_use(session: Session) -> list[list[str]]:
    """Cluster, state, kubernetes provider and language host."""
    rows = [["cluster", session.target.describe()], ["state", described_backend(session.pulumi.environment)]]
    if session.supplied.images:
        rows.append(["images", session.supplied.images])
    node = real_node.status(session.layout) if session.target.kind == target.EMBEDDED else None
    if node is not None and node.state != "stopped":
        rows.append(["real node", f"{node.name} at {node.address}, {node.state}; other nodes are simulated"])
    for name, ask in (("kubernetes provider", provider_in_use), ("language host", language_host_in_use)):
        try:
            kind, version, where = ask()
            rows.append([name, f"{kind} {version}, {where}"])
        except BootstrapError:
            rows.append([name, "not installed by Slate: see `make doctor`"])
    return rows


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
