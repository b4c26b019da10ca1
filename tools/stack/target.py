"""Which cluster a command works on: the embedded one, or the one of the user's own kubeconfig."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.stack import locks
from tools.stack.configuration import write_private
from tools.stack.kubectl import Kubectl
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem

EMBEDDED, KUBECONFIG = "embedded", "kubeconfig"
NODE = "node"  # the embedded cluster as well, with a real node
OWN_BACKEND = "this clone's .slate/state"


def default_target(stack: str) -> str:
    """The dev stack lives on the embedded cluster, every other stack on the user's own."""
    return EMBEDDED if stack == "dev" else KUBECONFIG


@dataclass(frozen=True)
class Target:
    """A cluster: how it was chosen, the context in the user's kubeconfig (if that is where it is), the server."""

    kind: str
    context: str | None
    server: str
    environment: Mapping[str, str]

    def describe(self) -> str:
        """For messages."""
        return "the embedded cluster" if self.kind == EMBEDDED else f'context "{self.context}" ({self.server})'

    def kubectl(self, layout: Layout) -> Kubectl:
        """A kubectl for this cluster."""
        return Kubectl(layout.binaries / "kubectl", self.environment, self.context)


def embedded(kubeconfig: Path, server: str, environment: Mapping[str, str]) -> Target:
    """The embedded cluster as a target."""
    return Target(EMBEDDED, None, server, {**environment, "KUBECONFIG": str(kubeconfig)})


def from_kubeconfig(wanted: str | None, layout: Layout, environment: Mapping[str, str]) -> Target:
    """The user's own cluster.

    Args:
        wanted: The context that the settings name (`kubernetes.context`), or None for the current one.
        layout: Where kubectl is.
        environment: Says which kubeconfig is in use (`KUBECONFIG`).

    Raises:
        StackProblem: There is no such context.
    """
    view = Kubectl(layout.binaries / "kubectl", environment).view()
    name, server = choose_context(view, wanted)
    return Target(KUBECONFIG, name, server, environment)


def choose_context(view: Mapping[str, Any], wanted: str | None) -> tuple[str, str]:
    """The context's name and its cluster's server, from `kubectl config view`.

    Raises:
        StackProblem: No context is current, or the wanted one does not exist.
    """
    contexts = {entry["name"]: entry.get("context") or {} for entry in view.get("contexts") or []}
    servers = {entry["name"]: (entry.get("cluster") or {}).get("server", "") for entry in view.get("clusters") or []}
    names = ", ".join(sorted(contexts)) or "none"
    name = wanted or view.get("current-context") or ""
    if not name:
        raise StackProblem(
            f"CLUSTER=kubeconfig uses your current context, but none is set. Contexts: {names}.\n"
            "Choose one with `kubectl config use-context NAME`, or set KUBECONFIG."
        )
    if name not in contexts:
        origin = "kubernetes.context of the settings names" if wanted else "the kubeconfig's current-context is"
        raise StackProblem(f'{origin} "{name}", which is not a context of your kubeconfig. Contexts: {names}.')
    return name, servers.get(contexts[name].get("cluster", ""), "") or "no server"


def confirm(question: str, *, yes: bool, ask: Callable[[str], str] = input, interactive: bool | None = None) -> None:
    """Return if the user agrees.

    Args:
        question: What would be done.
        yes: The user has agreed beforehand (`YES=1`).
        ask: Reads a line.
        interactive: Whether somebody is there to see the question and to answer; by default, whether standard input
            and output are terminals. Pulumi asks under the same condition.

    Raises:
        StackProblem: Refused, or nobody is there to ask.
    """
    if yes:
        return
    if interactive is None:
        interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if not interactive:
        raise StackProblem(f"{question}\nThis needs a yes, and there is no terminal to ask: add YES=1.")
    try:
        answer = ask(f"{question} [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise StackProblem("Nothing was changed.")


def check_identity(target: Target, stack: str, layout: Layout, has_resources: Callable[[], bool]) -> None:
    """Refuse to apply a state to a cluster that it does not belong to; remember the cluster of a new state.

    Raises:
        StackProblem: The stack has resources on another cluster.
    """
    uid = target.kubectl(layout).uid()
    path = layout.identity(stack)
    known = known_identity(path)
    here = backend(layout, target.environment)
    if known.get("uid") == uid:
        # A second state of that name, in another backend, may describe any cluster: the first one stays remembered.
        if backend_of(known) == here or has_resources():
            return
    elif known and has_resources():
        raise StackProblem(
            f'The state of stack "{stack}" describes another cluster than {target.describe()}.\n'
            + _another_cluster(known, target, stack)
        )
    content = {"kind": target.kind, "uid": uid, "server": target.server, "backend": here}
    write_private(path, json.dumps(content) + "\n")


def _another_cluster(known: Mapping[str, str], target: Target, stack: str) -> str:
    if known.get("kind") != EMBEDDED:
        return (
            f"It was last applied to {known.get('server', 'another cluster')}. Go back to that cluster, or forget the"
            f" stack (nothing is deleted on the cluster): make pulumi STACK={stack}"
            f" ARGS='stack rm --force --yes --preserve-config' and delete .slate/stacks/{stack}.cluster."
        )
    made_anew = target.kind == EMBEDDED
    before = (
        "The embedded cluster was made anew since then." if made_anew else "It was last applied to the embedded one."
    )
    return (
        f"{before} Work on that cluster again, or remove the stack's state and the embedded cluster's data together:"
        " `make reset`."
    )


def backend(layout: Layout, environment: Mapping[str, str]) -> str:
    """Where the state lies, in a form that can be remembered and compared: without credentials."""
    local = locks.local_backend(environment.get("PULUMI_BACKEND_URL", ""), layout.root)
    if local is None:
        return locks.described_backend(environment)
    return OWN_BACKEND if local.resolve() == layout.state.resolve() else local.resolve().as_uri()


def backend_of(known: Mapping[str, str]) -> str:
    """The backend of a remembered stack; files from before it was remembered are taken for the clone's own."""
    return known.get("backend", OWN_BACKEND)


def known_identity(path: Path) -> dict[str, str]:
    """The cluster that a stack was last applied to, or nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
