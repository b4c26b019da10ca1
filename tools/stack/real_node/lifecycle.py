"""Starts and stops the real node of a stack on the embedded cluster."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from settings import Settings, SettingsError, load
from tools.bootstrap.ensure import ensure
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.progress import Progress as ToolProgress
from tools.bootstrap.workplace import Workplace
from tools.node import Node, NodeStatus
from tools.stack import configuration, observing
from tools.stack.kubectl import Kubectl
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.real_node import homes
from tools.stack.real_node.machine import Machine
from tools.stack.real_node.measuring import with_prometheus
from tools.stack.real_node.mirror import with_mirror
from tools.stack.real_node.pools import NODE_POOLS, real_pool, with_real_node

Read = tuple[Settings, dict[str, Any]]


class Request(Protocol):
    """What of the user's request matters here."""

    @property
    def stack(self) -> str:
        """The stack's name."""
        ...

    @property
    def cluster(self) -> str | None:
        """Which cluster was asked for, if one was."""
        ...


GROUP = "node"
ADVICE = "To go on with simulated nodes: make up CLUSTER=embedded"


def node(layout: Layout) -> Node:
    """Return a clone's node."""
    return Node(layout.node, layout.binaries, layout.cluster)


def status(layout: Layout) -> NodeStatus | None:
    """Return what the node is doing; None if there never was one."""
    found = node(layout).status()
    return found if found.components else None


def next_steps(layout: Layout, domain: str) -> list[str]:
    """Return how workspaces on the node are used, line by line; nothing if it does not run."""
    found = status(layout)
    if found is None or found.state == "stopped" or not found.door:
        return []
    files = node(layout).layout
    return [
        "Workspaces on the real node",
        f"  https://<workspace>--<project>.{domain}:{found.door}   JupyterLab; it asks for the workspace's token:",
        "    kubectl -n ws-<project> get secret workspace-tokens -o jsonpath='{.data.<workspace>}' | base64 -d",
        f"    certificates are signed by {files.certificate_authority}",
        f"  ssh -F {files.ssh_config} <workspace>--<project>.{domain}   also sftp and scp, as root of this machine",
    ]


def with_ssh(stack: str, layout: Layout, declared: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the workspaces of the stack's outputs with the SSH commands that work on this machine.

    A workspace on the real node is reached through the node; one on a simulated node runs nothing.
    """
    found = status(layout)
    if found is None or found.state == "stopped" or not layout.real_node(stack).exists():
        return list(declared)
    pool = layout.real_node(stack).read_text(encoding="utf-8").strip()
    file = node(layout).layout.ssh_config
    shown = file.relative_to(layout.root) if file.is_relative_to(layout.root) else file
    return [
        {**space, "ssh": f"ssh -F {shown} {space['host']}" if space["pool"] == pool else "none: simulated"}
        for space in declared
    ]


def wanted(stack: str, cluster: str | None, layout: Layout) -> bool:
    """Whether a stack on the embedded cluster has a real node: asked for now, or by the last `make up`."""
    return cluster == GROUP or (cluster is None and layout.real_node(stack).exists())


def choose(
    request: Request,
    layout: Layout,
    progress: Progress,
    read: Read,
    kubectl: Kubectl,
    *,
    services: Mapping[str, str],
    start: bool,
    runs_program: bool,
) -> tuple[Mapping[str, Any], Read]:
    """Start or take away the node, as the user asks; for a stack on the embedded cluster.

    Args:
        request: What the user asked for.
        layout: The clone.
        progress: Where to say what is going on.
        read: The stack's settings, and the content of its file.
        kubectl: Reads the cluster.
        services: Addresses of registry and mirror, if images are built.
        start: Whether the command starts things.
        runs_program: Whether the command runs the program, and so needs images.

    Returns:
        The sections to declare instead of the file's, and the settings with them.

    Raises:
        StackProblem: The stack cannot have a real node, or cannot do without it.
        NodeError: The node cannot be started or stopped.
    """
    if not wanted(request.stack, request.cluster, layout):
        if start:
            drop(request.stack, layout, read[0], kubectl, progress)
        return {}, read
    if runs_program and not start and not services.get("registry"):
        if layout.real_node(request.stack).exists():
            raise StackProblem(
                f"A real node runs the images that are built here: leave IMAGES=0 out. {ADVICE} IMAGES=0"
            )
        progress.note("no image is built yet: the preview is of simulated nodes, until `make up CLUSTER=node` has run")
        return {}, read
    with progress.phase("node", "a real node on this machine") if start else contextlib.nullcontext():
        return prepare(request.stack, layout, read, kubectl, progress, services=services, start=start)


def prepare(
    stack: str,
    layout: Layout,
    read: Read,
    kubectl: Kubectl,
    progress: Progress,
    *,
    services: Mapping[str, str],
    start: bool,
) -> tuple[Mapping[str, Any], Read]:
    """Start the node if it is to be started, and return what changes in the settings, and the settings with it.

    Args:
        stack: The stack's name.
        layout: The clone.
        read: The stack's settings, and the content of its file.
        kubectl: Reads the cluster.
        progress: Where to say what is going on.
        services: What images are built with: `registry` (host:port) and `mirror` (its URL) are reached from the node.
        start: Whether the command starts things.

    Raises:
        StackProblem: No pool can be on the node, or the images that it would run are not built.
        NodeError: The node cannot be started.
    """
    settings, document = read
    name = real_pool(settings)
    if start and not services.get("registry"):
        raise StackProblem(f"A real node runs the images that are built here, and none are (see above). {ADVICE}")
    pools = with_real_node(document, settings, Machine.here(layout.node))
    if start:
        homes.check(homes.read(kubectl), settings, {name})
        _start(layout, progress, services, str(settings.domain))
        configuration.write_private(layout.real_node(stack), name + "\n")
        progress.note(f'pool "{name}" is on the real node; its profiles are cut to what this machine has')
    config, address = document["config"], node(layout).status().address
    sections = {
        NODE_POOLS: pools,
        **with_mirror(config, settings, services.get("mirror", ""), address),
        **with_prometheus(config, settings, address, observing.measured(layout)),
    }
    changed = {**document, "config": {**document["config"], **sections}}
    return sections, (_load(stack, layout, changed, services), changed)


def drop(stack: str, layout: Layout, settings: Settings, kubectl: Kubectl, progress: Progress) -> None:
    """Take the real node away from a stack that is to have simulated nodes only.

    Raises:
        StackProblem: There are homes on it.
        NodeError: It cannot be stopped.
    """
    if not layout.real_node(stack).exists():
        return
    homes.check(homes.read(kubectl), settings, set())
    node(layout).down(forget=True, report=progress.note)
    layout.real_node(stack).unlink()


def stop(layout: Layout, progress: Progress, *, delete_data: bool = False) -> None:
    """Stop the node; the clone's stacks go on having it at the next `make up`, unless its data are deleted."""
    node(layout).down(delete_data=delete_data, report=progress.note)
    if delete_data:
        for path in layout.stacks.glob("*.node"):
            path.unlink()


def _start(layout: Layout, progress: Progress, services: Mapping[str, str], domain: str) -> None:
    try:
        ensure((GROUP,), Workplace(root=layout.root), ToolProgress(os.environ))
    except BootstrapError as error:
        raise StackProblem(f"{error}\n{ADVICE}") from error
    registry = services["registry"]
    addresses = [registry, services.get("mirror", "")]
    ports = [int(address.rpartition(":")[2].strip("/")) for address in addresses if address]
    # Also while nothing measures: a node with other ports would have to start anew, and end all sessions.
    ports.append(observing.port_for_pods(layout, progress))
    node(layout).up(progress.note, ports, [registry], domain)


def _load(stack: str, layout: Layout, document: Mapping[str, Any], services: Mapping[str, str]) -> Settings:
    source = f"Pulumi.{stack}.yaml"
    if not services.get("registry"):  # placeholders are for simulated nodes; nothing is applied now
        return configuration.read_settings(stack, layout)[0]
    values = configuration.settings_values(document, configuration.read_yaml(layout.root / "Pulumi.yaml"), source)
    try:
        return load(values, source=f"{source} with a pool on the real node")
    except SettingsError as error:
        raise StackProblem(f"{error}\n{ADVICE}") from error
