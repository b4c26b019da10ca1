"""Opens a stack for a command: settings, cluster, what images are built with, configuration and state."""

import contextlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from policies import parameters
from settings import Settings
from tools.stack import configuration, own_secrets, real_node, supply, target
from tools.stack.exclusive import exclusive
from tools.stack.kubectl import Kubectl
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import (
    Request,
    Session,
    choose_cluster,
    describe_settings,
    environment,
    open_session,
    text_for_pulumi,
    write_merged,
)


@contextlib.contextmanager
def opened(
    request: Request,
    layout: Layout,
    progress: Progress,
    *,
    start: bool,
    ask: bool,
    hold: bool = True,
    runs_program: bool = False,
    forgets: bool = False,
    bare: bool = False,
) -> Iterator[Session]:
    """Open a stack for the length of a `with`.

    Args:
        request: What the user asked for.
        layout: The clone.
        progress: Where to say what is going on.
        start: Start the embedded cluster if it does not run.
        ask: Ask before the user's own cluster is used.
        hold: Nobody else may work on the stack meanwhile.
        runs_program: The command runs the program, which needs secrets and what images are built with.
        forgets: The command only removes the state.
        bare: The command is about the configuration file itself.

    Raises:
        StackProblem: The settings or the rules' parameters are wrong, there is no cluster, or the stack cannot be
            opened.
    """
    with progress.phase("settings", f"check Pulumi.{request.stack}.yaml"):
        read = configuration.read_settings(request.stack, layout)
        if runs_program:
            _check_parameters(request.stack, layout)
        progress.note(describe_settings(read[0], f"Pulumi.{request.stack}.yaml"))
    with exclusive(layout.lock(request.stack), request.stack) if hold else contextlib.nullcontext():
        doing = "start the embedded cluster" if start else "look for the embedded cluster"
        with progress.phase("cluster", doing if request.target == target.EMBEDDED else "your own"):
            chosen = choose_cluster(request, layout, read[0], progress, start=start, ask=ask)
        supplied = supply.Supplied()
        if not bare:
            supplied = _supply(request, layout, progress, read[0], start=start, runs_program=runs_program)
        sections: Mapping[str, Any] = {}
        if request.target == target.EMBEDDED:
            sections, read = real_node.choose(
                request,
                layout,
                progress,
                read,
                chosen.kubectl(layout),
                services=supplied.services,
                start=start and runs_program,
                runs_program=runs_program,
            )
        with progress.phase("stack", "configuration and state"):
            session = open_session(
                request,
                layout,
                progress,
                chosen,
                read,
                runs_program=runs_program,
                forgets=forgets,
                supplied=supplied,
                sections=sections,
            )
        yield session


def renewed(request: Request, layout: Layout) -> Path | None:
    """Write the file that Pulumi reads anew, for a shell; neither the cluster nor Pulumi is asked.

    Returns:
        The file; None if Pulumi reads the stack's own file, or if no command has made the stack here yet.

    Raises:
        StackProblem: The settings are wrong.
    """
    read = configuration.read_settings(request.stack, layout)
    own = own_secrets.known(request.stack, layout)
    if configuration.has_own_encryption(read[1]) or not (own and layout.merged_file(request.stack).exists()):
        return None
    quiet = Progress(io.StringIO())  # a shell evaluates what is printed
    supplied = _supply(request, layout, quiet, read[0], start=False, runs_program=False)
    sections: Mapping[str, Any] = {}
    if request.target == target.EMBEDDED:
        kubectl = Kubectl(layout.binaries / "kubectl", environment(layout))
        sections, _ = real_node.choose(
            request, layout, quiet, read, kubectl, services=supplied.services, start=False, runs_program=False
        )
    text = text_for_pulumi(request.stack, layout, supplied, sections)
    return write_merged(request.stack, layout, text, own)


def _check_parameters(stack: str, layout: Layout) -> None:
    """Of wrong parameters Pulumi would only say that the pack of the rules did not start."""
    try:
        parameters.load(stack, layout.rules)
    except parameters.PolicyConfigError as error:
        raise StackProblem(str(error)) from error


def _supply(
    request: Request, layout: Layout, progress: Progress, settings: Settings, *, start: bool, runs_program: bool
) -> supply.Supplied:
    """What images are built with, on the embedded cluster; elsewhere the settings say it all."""
    if request.target != target.EMBEDDED or not settings.images.build:
        return supply.Supplied()
    if not runs_program:
        return supply.known(request.stack, layout, settings, progress)
    if not start:
        return supply.foreseen(request.stack, layout, settings, progress)
    with progress.phase("images", "registry, locks, mirror, base image, builder"):
        return supply.prepare(request.stack, layout, settings, progress)
