"""The commands that need no Pulumi run: status, down, reset, shell-env, clean."""

import os
import shlex
import shutil
from pathlib import Path

from tools.cluster import Cluster
from tools.local import Local
from tools.node import Node
from tools.stack import configuration, observing, opening, real_node, recovery, report, target
from tools.stack.exclusive import exclusive
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.pulumi import PROJECT, Pulumi
from tools.stack.session import Request, Session, choose_cluster, environment, has_own_backend
from tools.stack.tables import table

CACHES = (".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache")
CONFIG_FILE_VARIABLE = "PULUMI_OPTION_CONFIG_FILE"
SHELL_VARIABLES = ("PATH", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE")


def status(request: Request, layout: Layout, progress: Progress) -> int:
    """Show the cluster's components and the tables of `make up`."""
    settings, _ = configuration.read_settings(request.stack, layout)
    if request.target == target.EMBEDDED:
        cluster = Cluster(layout.cluster, layout.binaries).status()
        rows = [[part.name, part.pid or "", part.state, part.restarts] for part in cluster.components]
        progress.say(f"Embedded cluster: {cluster.state}" + (f", {cluster.server}" if cluster.server else ""))
        if cluster.message:
            progress.say(cluster.message)
        if rows:
            progress.say(table("Components", ["name", "process", "state", "restarts"], rows))
        _show_local(layout, progress)
        _show_node(layout, progress)
        observing.show(layout, progress)
        progress.say()
        if cluster.state == "stopped":
            progress.say(f"Start it: make up{request.suffix}")
            return 0
    chosen = choose_cluster(request, layout, settings, progress, start=False, ask=False)
    recovery.repair_backend(layout, request.stack, chosen.environment, progress)
    pulumi = Pulumi(
        binary=layout.binaries / "pulumi", root=layout.root, stack=request.stack, environment=chosen.environment
    )
    if not pulumi.exists():
        progress.say(f'Stack "{request.stack}" does not exist yet: make up{request.suffix}')
        return 0
    if recovery.interrupted(layout, request.stack):
        progress.say("The last run was interrupted, or is still at work: `make up` completes it.\n")
    report.show(Session(request, layout, settings, chosen, pulumi, chosen.kubectl(layout)), progress)
    return 0


def _show_local(layout: Layout, progress: Progress) -> None:
    """The local services, if there ever were any."""
    local = Local(layout.local, layout.binaries).status()
    if not local.components:
        return
    progress.say()
    where = f", registry {local.registry}, conda mirror {local.mirror}" if local.state != "stopped" else ""
    progress.say(f"Local services: {local.state}{where}")
    if local.message:
        progress.say(local.message)
    rows = [[part.name, part.pid or "", part.state, part.restarts] for part in local.components]
    progress.say(table("Services", ["name", "process", "state", "restarts"], rows))


def _show_node(layout: Layout, progress: Progress) -> None:
    """The real node, if there ever was one."""
    node = Node(layout.node, layout.binaries, layout.cluster).status()
    if not node.components:
        return
    progress.say()
    where = f", {node.address}, pods in {node.pods}" if node.state != "stopped" else ""
    progress.say(f"Real node: {node.state}{where}")
    if node.message:
        progress.say(node.message)
    rows = [[part.name, part.pid or "", part.state, part.restarts] for part in node.components]
    progress.say(table("Programs", ["name", "process", "state", "restarts"], rows))


def down(request: Request, layout: Layout, progress: Progress) -> int:
    """Stop the embedded cluster; its data and every stack's state stay."""
    doing = "stop the embedded cluster and the local services"
    with exclusive(layout.lock(request.stack), request.stack), progress.phase("cluster", doing):
        for marker in sorted(layout.stacks.glob("*.running")):
            recovery.end_leftovers(layout, marker.stem, progress)
        observing.stop(layout, progress)
        real_node.stop(layout, progress)
        Local(layout.local, layout.binaries).down(report=progress.note)
        Cluster(layout.cluster, layout.binaries).down(report=progress.note)
    progress.say("Nothing of it runs any more. `make up` goes on where it stopped; `make reset` removes its data.")
    return 0


def reset(request: Request, layout: Layout, progress: Progress) -> int:
    """Remove the embedded cluster's data together with the states that describe it."""
    stacks = embedded_stacks(layout, request.stack)
    names = ", ".join(stacks) or "none"
    _check_backends(stacks, layout)
    target.confirm(
        "Delete the embedded cluster with all its data, the local registry with its images, and the state of the"
        f" stacks on the cluster ({names})?",
        yes=request.yes,
    )
    with exclusive(layout.lock(request.stack), request.stack):
        with progress.phase("cluster", "stop the embedded cluster and the local services, and delete their data"):
            for marker in sorted(layout.stacks.glob("*.running")):
                recovery.end_leftovers(layout, marker.stem, progress)
            observing.stop(layout, progress, delete_data=True)
            real_node.stop(layout, progress, delete_data=True)
            Local(layout.local, layout.binaries).down(delete_data=True, report=progress.note)
            Cluster(layout.cluster, layout.binaries).down(delete_data=True, report=progress.note)
        with progress.phase("state", f"delete the state of {names}"):
            for stack in stacks:
                _remove_state(stack, layout)
            _remove_directory(layout.slate / "images")  # the contexts that the images were built from
    progress.say("Start again: make up")
    return 0


def embedded_stacks(layout: Layout, stack: str) -> list[str]:
    """The stacks whose state describes the embedded cluster, and `stack` if that is not known to be elsewhere."""
    found = {
        path.stem
        for path in layout.stacks.glob("*.cluster")
        if target.known_identity(path).get("kind") == target.EMBEDDED
    }
    if not target.known_identity(layout.identity(stack)):
        found.add(stack)
    return sorted(found)


def _check_backends(stacks: list[str], layout: Layout) -> None:
    """Refuse to remove a state from another backend than the one in which it describes the embedded cluster."""
    here = target.backend(layout, environment(layout))
    for stack in stacks:
        known = target.known_identity(layout.identity(stack))
        if known and target.backend_of(known) != here:
            raise StackProblem(
                f'The state of stack "{stack}" on the embedded cluster is in {target.backend_of(known)}, but this'
                f" command works with {here}. Nothing was deleted.\nSet PULUMI_BACKEND_URL to that backend (unset it"
                f" for the clone's own) and run `make reset` again; or, to keep that state, delete"
                f" .slate/stacks/{stack}.cluster first."
            )


def shell_env(request: Request, layout: Layout, progress: Progress) -> int:
    """Print the exports that make kubectl and pulumi work in the user's shell; secrets are not among them.

    Pulumi reads a file that is made of the settings, so that is made anew: they may have been edited since.
    """
    merged = opening.renewed(request, layout)
    made = environment(layout)
    lines = [f"export {name}={shlex.quote(made[name])}" for name in SHELL_VARIABLES if name in made]
    kubeconfig = Cluster(layout.cluster, layout.binaries).kubeconfig
    if request.target == target.EMBEDDED and kubeconfig.exists():
        lines.append(f"export KUBECONFIG={shlex.quote(str(kubeconfig))}")
    lines.append(f"export PULUMI_STACK={shlex.quote(request.stack)}")
    lines.append("export PULUMI_SKIP_UPDATE_CHECK=true PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true")
    if merged:
        # The default of --config-file: Pulumi would otherwise write a salt into the committed file.
        lines.append(f"export {CONFIG_FILE_VARIABLE}={shlex.quote(str(merged))}")
    else:
        lines.append(f"unset {CONFIG_FILE_VARIABLE}")  # another stack's, if the shell has one
    progress.say("\n".join(lines))
    return 0


def clean(_request: Request, layout: Layout, progress: Progress) -> int:
    """Remove caches of Python and of the test tools; nothing that would have to be built again."""
    removed = 0
    for cache in [layout.root / name for name in CACHES]:
        removed += _remove_directory(cache)
    for directory, names, _ in os.walk(layout.root):
        if Path(directory) == layout.root:
            names[:] = [name for name in names if name not in (".git", ".slate")]
        if "__pycache__" in names:
            names.remove("__pycache__")
            removed += _remove_directory(Path(directory) / "__pycache__")
    # The contexts of image builds are written anew when they are needed.
    removed += _remove_directory(layout.slate / "images")
    progress.say(f"Removed {removed} cache directories. Tools, cluster data and state stay (see `make reset`).")
    return 0


def _remove_directory(path: Path) -> int:
    if not path.is_dir():
        return 0
    shutil.rmtree(path)
    return 1


def _remove_state(stack: str, layout: Layout) -> None:
    variables = environment(layout)
    if has_own_backend(layout, variables):
        base = layout.state / ".pulumi"
        for path in (base / "stacks" / PROJECT).glob(f"{stack}.json*"):
            path.unlink()
        for path in (base / "history" / PROJECT, base / "backups" / PROJECT, base / "locks" / "organization" / PROJECT):
            shutil.rmtree(path / stack, ignore_errors=True)
    elif layout.identity(stack).exists():  # a backend of the user's own; only what was applied to this cluster
        pulumi = Pulumi(binary=layout.binaries / "pulumi", root=layout.root, stack=stack, environment=variables)
        pulumi.question(["stack", "rm", stack, "--force", "--yes", "--preserve-config"])
    for path in (
        layout.merged_file(stack),
        layout.identity(stack),
        layout.marker(stack),
        layout.images(stack),
        layout.own_secrets() / f"Pulumi.{stack}.yaml",
    ):
        path.unlink(missing_ok=True)
