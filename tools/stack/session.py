"""What every command on a stack needs, opened once: settings, cluster, configuration, Pulumi."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from settings import Settings
from tools.bootstrap.environment import environment as toolchain_environment
from tools.cluster import Cluster
from tools.preview.verdict import counted
from tools.stack import configuration, options, own_secrets, recovery, target
from tools.stack.kubectl import Kubectl
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.pulumi import Pulumi
from tools.stack.sections import replace_section
from tools.stack.supply.supplied import Supplied
from tools.stack.target import Target


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    stack: str = "dev"
    cluster: str | None = None
    yes: bool = False
    adopt: bool = False

    @property
    def target(self) -> str:
        """Which kind of cluster."""
        if self.cluster == target.NODE:
            return target.EMBEDDED
        return self.cluster or target.default_target(self.stack)

    @property
    def suffix(self) -> str:
        """What a `make` command needs behind it to mean the same stack and cluster; empty for the defaults."""
        stack = "" if self.stack == "dev" else f" STACK={self.stack}"
        if self.cluster == target.NODE:
            return f"{stack} CLUSTER={target.NODE}"
        return stack + ("" if self.target == target.default_target(self.stack) else f" CLUSTER={self.target}")


@dataclass(frozen=True)
class Session:
    """An opened stack."""

    request: Request
    layout: Layout
    settings: Settings
    target: Target
    pulumi: Pulumi
    kubectl: Kubectl
    supplied: Supplied = field(default_factory=Supplied)


def environment(layout: Layout) -> dict[str, str]:
    """The environment that Pulumi and kubectl run in."""
    made = toolchain_environment()
    made.update(options.variables(os.environ, own_backend=has_own_backend(layout, made)))
    return made


def has_own_backend(layout: Layout, variables: Mapping[str, str]) -> bool:
    """Whether the state lies in this clone, and not in a backend that the user named."""
    return target.backend(layout, variables) == target.OWN_BACKEND


def describe_settings(settings: Settings, source: str) -> str:
    """What a settings file declares, in one line."""
    workspaces = sum(len(project.workspaces) for project in settings.projects)
    return (
        f"{source}: {counted(len(settings.projects), 'project')}, {counted(len(settings.node_pools), 'node pool')},"
        f" {counted(workspaces, 'workspace')}"
    )


def choose_cluster(
    request: Request, layout: Layout, settings: Settings, progress: Progress, *, start: bool, ask: bool
) -> Target:
    """The cluster to work on.

    Args:
        request: What the user asked for.
        layout: The clone.
        settings: The stack's settings; they may name a context.
        progress: Where to say what is going on.
        start: Start the embedded cluster if it does not run.
        ask: Ask before the user's own cluster is used (for commands that change it).

    Raises:
        StackProblem: No cluster, or the user said no.
    """
    variables = environment(layout)
    if request.target == target.KUBECONFIG:
        chosen = target.from_kubeconfig(settings.kubernetes.context, layout, variables)
        progress.note(f"using your kubeconfig: {chosen.describe()}")
        if ask:
            target.confirm(f'Work with stack "{request.stack}" on {chosen.describe()}?', yes=request.yes)
        return chosen
    if settings.kubernetes.context:
        raise StackProblem(
            f'Pulumi.{request.stack}.yaml names the context "{settings.kubernetes.context}" (kubernetes.context), which'
            " the embedded cluster does not have. Use CLUSTER=kubeconfig, or leave the setting out."
        )
    cluster = Cluster(layout.cluster, layout.binaries)
    status = cluster.up(progress.note) if start else cluster.status()
    if status.state == "stopped":
        raise StackProblem(
            f"The embedded cluster does not run. {status.message}".rstrip() + f"\nStart it: make up{request.suffix}"
        )
    if status.state != "running":
        progress.note(f"the embedded cluster is {status.state}: {status.message or 'see `make logs`'}")
    return target.embedded(cluster.kubeconfig, status.server, variables)


def open_session(
    request: Request,
    layout: Layout,
    progress: Progress,
    chosen: Target,
    read: tuple[Settings, dict[str, Any]],
    *,
    runs_program: bool = False,
    forgets: bool = False,
    supplied: Supplied | None = None,
    sections: Mapping[str, Any] | None = None,
) -> Session:
    """Prepare the stack and its configuration; makes the stack if the backend does not have it.

    Args:
        request: What the user asked for.
        layout: The clone.
        progress: Where to say what is going on.
        chosen: The cluster.
        read: The stack's settings and the content of its file.
        runs_program: The command runs the program, which needs the token secret.
        forgets: The command only removes the state, so it does not matter which cluster that describes.
        supplied: What images are built with; goes into the configuration and the environment.
        sections: Sections of the settings that are not those of the stack's file: a pool is on a real node.

    Raises:
        StackProblem: Pulumi refused, the token secret is missing, or the state belongs to another cluster.
    """
    settings, document = read
    if runs_program:
        configuration.check_token_secret(document, settings, request.stack, request.suffix)
    supplied = supplied or Supplied()
    variables = {**chosen.environment, **supplied.variables}
    own_backend = has_own_backend(layout, variables)
    if own_backend:
        layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    recovery.repair_backend(layout, request.stack, variables, progress)
    config_file: Path | None = None
    text = text_for_pulumi(request.stack, layout, supplied, sections or {})
    binary = layout.binaries / "pulumi"
    if configuration.has_own_encryption(document):
        pulumi = Pulumi(binary=binary, root=layout.root, stack=request.stack, environment=variables)
        if not pulumi.exists():
            provider = document.get("secretsprovider")
            pulumi.question(
                ["stack", "init", request.stack, "--no-select", *(["--secrets-provider", provider] if provider else [])]
            )
        if supplied.overrides or sections:
            config_file = layout.merged_file(request.stack)
            configuration.write_private(config_file, text)
    else:
        own = own_secrets.ensure(request.stack, layout, variables, progress, own_backend=own_backend)
        config_file = write_merged(request.stack, layout, text, own)
    pulumi = Pulumi(
        binary=binary, root=layout.root, stack=request.stack, environment=variables, config_file=config_file
    )
    if not forgets:
        target.check_identity(chosen, request.stack, layout, lambda: bool(pulumi.resources()))
    return Session(request, layout, settings, chosen, pulumi, chosen.kubectl(layout), supplied)


def text_for_pulumi(stack: str, layout: Layout, supplied: Supplied, sections: Mapping[str, Any]) -> str:
    """The stack's file with what is supplied and with other sections; without the clone's own secret.

    Raises:
        StackProblem: The file is written in a way in which that cannot be done.
    """
    committed = layout.settings_file(stack)
    text = committed.read_text(encoding="utf-8")
    for section, content in sections.items():
        text = replace_section(text, section, content, committed.name)
    return configuration.override(text, supplied.overrides, committed.name) if supplied.overrides else text


def write_merged(stack: str, layout: Layout, text: str, own: Mapping[str, Any]) -> Path:
    """Write the file that Pulumi reads instead of the stack's own: the text with the clone's own secret; returns it.

    Raises:
        StackProblem: The text is written in a way in which that cannot be done.
    """
    path = layout.merged_file(stack)
    configuration.write_private(path, configuration.merge(text, own, layout.settings_file(stack).name))
    return path
