"""The commands that work with Pulumi: up, preview, refresh, destroy, unprotect, pulumi."""

import io
import shlex
import time
from collections.abc import Sequence

from tools.preview.files import Files
from tools.stack import (
    adoption,
    configuration,
    judging,
    observing,
    options,
    overview,
    previewing,
    readiness,
    real_node,
    recovery,
    report,
    target,
)
from tools.stack.hints import GUARDRAILS, hints, project_of
from tools.stack.layout import Layout
from tools.stack.opening import opened
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.pulumi import Outcome
from tools.stack.session import Request, Session

GUARDRAILS_SECONDS = 3.0
"""An API server looks for changed admission policies once a second, and compiles them then."""


def up(request: Request, layout: Layout, progress: Progress) -> int:
    """Bring the cluster to what the settings say, wait for the workspaces, and show them."""
    with opened(request, layout, progress, start=True, ask=True, runs_program=True) as session:
        with progress.phase("pulumi", f"pulumi up of stack {request.stack}"):
            _update(session, progress)
        if request.target == target.EMBEDDED:
            on_node = real_node.wanted(request.stack, request.cluster, layout)
            observing.start(layout, session.kubectl, progress, real_node=on_node)
        late = _wait(session, progress)
        progress.say()
        report.show(session, progress)
        progress.say(progress.summary())
    if late:
        names = ", ".join(f"{space.project}/{space.name}: {space.remark or space.state}" for space in late)
        raise StackProblem(
            f"Not ready in time: {names}.\nLook closer: make status, make logs, or `kubectl describe pod` after"
            ' eval "$(make -s shell-env)". They go on starting; `make up` waits for them again.'
        )
    return 0


def preview(request: Request, layout: Layout, progress: Progress, files: Files | None = None) -> int:
    """Show what `up` would change, and write it for a comment."""
    told = previewing.Preview(layout, request.stack, files or Files())
    with (
        told.telling(progress),
        opened(request, layout, progress, start=False, ask=False, hold=False, runs_program=True) as session,
    ):
        with progress.phase("preview", f"pulumi preview of stack {request.stack}"):
            outcome, found, analysis = told.run(session, progress)
            _judge("preview", session, outcome)
            previewing.refuse(found, analysis)
        progress.say("Nothing was changed." + (f" Apply it: make up{request.suffix}" if found.changes else ""))
    return 0


def refresh(request: Request, layout: Layout, progress: Progress) -> int:
    """Bring the state to what the cluster has."""
    with opened(request, layout, progress, start=False, ask=True) as session:
        recovery.clear(layout, session.pulumi, progress)
        with progress.phase("refresh", f"pulumi refresh of stack {request.stack}"):
            command = ["refresh", "--yes", "--skip-preview", *options.arguments(), *options.CALM]
            outcome = session.pulumi.work(command, marker=layout.marker(request.stack))
            _judge("refresh", session, outcome)
    return 0


def destroy(request: Request, layout: Layout, progress: Progress) -> int:
    """Remove everything that the stack made."""
    with opened(request, layout, progress, start=False, ask=False) as session:
        question = f'Delete everything of stack "{request.stack}", homes included, on {session.target.describe()}?'
        target.confirm(question, yes=request.yes)
        recovery.clear(layout, session.pulumi, progress)
        with progress.phase("destroy", f"pulumi destroy of stack {request.stack}"):
            command = ["destroy", "--yes", "--skip-preview", *options.arguments(), *options.CALM]
            outcome = session.pulumi.work(command, marker=layout.marker(request.stack))
            _judge("destroy", session, outcome)
        if request.target == target.EMBEDDED:
            observing.stop_unless_declared(layout, session.kubectl, progress)
    return 0


def unprotect(request: Request, layout: Layout, progress: Progress, project: str) -> int:
    """Allow one project's namespace to be deleted; nothing is deleted yet."""
    with opened(request, layout, progress, start=False, ask=False) as session:
        spaces = {project_of(resource): resource for resource in session.pulumi.resources() if project_of(resource)}
        if project not in spaces:
            raise StackProblem(
                f'Stack "{request.stack}" has no project "{project}". Projects: {", ".join(sorted(spaces)) or "none"}.'
            )
        if not spaces[project].get("protect"):
            progress.say(f'Project "{project}" is not protected.')
            return 0
        recovery.clear(layout, session.pulumi, progress)
        session.pulumi.question(["state", "unprotect", spaces[project]["urn"], "--yes"])
        progress.say(
            f'Project "{project}" may be deleted now: take it out of Pulumi.{request.stack}.yaml and run'
            f" `make up{request.suffix}`, which deletes its namespace and every home in it. While it stays"
            " in the settings, the next `make up` protects it again."
        )
    return 0


def passthrough(request: Request, layout: Layout, arguments: str) -> int:
    """Run any Pulumi command in the stack's environment."""
    try:
        words = shlex.split(arguments)
    except ValueError as error:
        raise StackProblem(f"ARGS cannot be split into words ({error}): {arguments}") from error
    if not words:
        raise StackProblem('Say what to run: make pulumi ARGS="stack output"')
    quiet = Progress(io.StringIO())  # what Pulumi prints may be read by a program
    forgets = words[:2] == ["stack", "rm"]
    committed = layout.settings_file(configuration.check_stack_name(request.stack, layout))
    own = configuration.has_own_encryption(configuration.read_yaml(committed))
    # `pulumi config` of such a file is about the file itself, and not about what is added to it for a run.
    bare = own and words[0] == "config"
    with opened(request, layout, quiet, start=False, ask=False, hold=False, forgets=forgets, bare=bare) as session:
        if words[:2] == ["config", "set"] and not own:
            raise StackProblem(f"Edit Pulumi.{request.stack}.yaml instead: the file Pulumi reads is made from it.")
        return session.pulumi.attached(words)


def _update(session: Session, progress: Progress) -> None:
    request, layout = session.request, session.layout
    adopt = recovery.clear(layout, session.pulumi, progress)
    marker = layout.marker(request.stack)
    # On the user's own cluster Pulumi shows its preview and asks, unless the user has said yes.
    asks = request.target == target.KUBECONFIG and not request.yes
    outcome = judging.before(session, progress, adopt=adopt or request.adopt)
    if outcome:
        _judge("preview", session, outcome)
    command = [
        "up",
        *([] if asks else ["--yes", "--skip-preview"]),
        *options.policies(),
        *options.arguments(),
        *options.CALM,
    ]
    if adopt or request.adopt:
        count = adoption.hand_over(session.kubectl, session.pulumi.resources(), session.settings)
        progress.note(f"adopting what exists in the cluster already ({count} objects that the state does not know yet)")
        extra = options.ADOPT_FORCE if request.adopt else options.ADOPT
        # The marker stays until this has succeeded, so that a recovery that fails is tried again.
        _judge("up", session, session.pulumi.work(command, marker=marker, keep_marker=True, extra=extra))
        recovery.finished(layout, request.stack)
        # The adopting run has left its switch in the provider's state; the ordinary run takes it out again.
        progress.note("adopted; checking with an ordinary run")
    outcome = session.pulumi.work(command, marker=marker)
    refused = any(GUARDRAILS in failure.message for failure in outcome.failures)
    if refused and session.settings.scope != "projects" and not (outcome.stopped or outcome.killed):
        # The pack has let it through: this run may have changed the admission policies as well, just before.
        progress.note("the API server may not know yet what the rules allow now: once more")
        time.sleep(GUARDRAILS_SECONDS)
        outcome = session.pulumi.work(command, marker=marker)
    _judge("up", session, outcome)
    judging.passed(session)


def _judge(command: str, session: Session, outcome: Outcome) -> None:
    if outcome.exit_code == 0:
        return
    if command == "preview" and (outcome.killed or outcome.stopped):
        how, code = ("killed", 1) if outcome.killed else ("stopped", 130)
        raise StackProblem(f"pulumi preview was {how}. Nothing was changed: run the command again.", exit_code=code)
    if outcome.killed:
        raise StackProblem(
            f"pulumi {command} was killed. What it did is not lost: `make up{session.request.suffix}` adopts it"
            " and completes."
        )
    if outcome.stopped:
        raise StackProblem(
            f"pulumi {command} was stopped in good order: what it has done is in the state. Run the command again to"
            " go on.",
            exit_code=130,
        )
    advice = hints(outcome.failures, session.request, _resources(session, outcome))
    raise StackProblem("\n\n".join([f"pulumi {command} failed; Pulumi's own messages are above.", *advice]))


def _resources(session: Session, outcome: Outcome) -> Sequence[dict[str, object]]:
    if not any("protect" in failure.message for failure in outcome.failures):
        return ()
    return session.pulumi.resources()


def _wait(session: Session, progress: Progress) -> list[overview.Workspace]:
    declared = session.pulumi.outputs().get("workspaces") or []
    if not declared:
        return []
    with progress.phase("workspaces", "wait until those that should be awake are ready"):
        limit = session.settings.service_levels.start_deadline_seconds
        return readiness.wait(
            lambda: overview.workspaces(declared, overview.read_fleet(session.kubectl)), progress, limit
        )
