"""What measures and alerts beside the embedded cluster, as the stack commands use it."""

import os
import subprocess
from pathlib import Path

from tools.bootstrap.ensure import ensure
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.progress import Progress as ToolProgress
from tools.bootstrap.workplace import Workplace
from tools.cluster.files import read_json
from tools.observability import Observability, ObservabilityError, ObservabilityStatus, declared, programs
from tools.observability.companions import page_command, report_command
from tools.observability.plan import Plan
from tools.stack.kubectl import Kubectl
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.tables import table

VARIABLE = "SLATE_OBSERVABILITY"
OFF = ("0", "false", "no", "off")
ADVICE = "To go on without: make up OBSERVABILITY=0"
_SUMMARY = "summary.json"
_PAGE_SECONDS = 120


def observability(layout: Layout) -> Observability:
    """Return a clone's programs."""
    return Observability(layout.observability, layout.binaries, layout.cluster)


def start(layout: Layout, kubectl: Kubectl, progress: Progress, *, real_node: bool) -> None:
    """Start what measures and alerts with what the stack has declared, or let it read what has changed.

    Args:
        layout: The clone.
        kubectl: Reads the cluster.
        progress: Where to say what is going on.
        real_node: Whether the stack has one: its own programs are pods there, and run on this machine otherwise.

    Raises:
        StackProblem: It cannot be started, or refuses what is declared.
    """
    if not _wanted():
        return
    found = _declared(kubectl)
    if found is None:
        stop(layout, progress)  # there is nothing to measure any more
        return
    with progress.phase("observability", "Prometheus, Alertmanager, kube-state-metrics"):
        try:
            ensure(programs.GROUPS, Workplace(root=layout.root), ToolProgress(os.environ))
            observability(layout).up(found, progress.note, node=layout.node if real_node else None)
        except (BootstrapError, ObservabilityError) as error:
            raise StackProblem(f"{error}\n{ADVICE}") from error


def port_for_pods(layout: Layout, progress: Progress) -> int:
    """Return the port that Prometheus has on this machine, or will have; a node's relays are made of it.

    Raises:
        StackProblem: No port is free.
    """
    try:
        return observability(layout).reserve(progress.note)
    except ObservabilityError as error:
        raise StackProblem(str(error)) from error


def measured(layout: Layout) -> int:
    """Return Prometheus' port if it measures, or is going to when `make up` has run; else 0."""
    watching = observability(layout)
    planned = Plan.read(watching.layout)
    if planned is None or not (_wanted() or watching.status().state != "stopped"):
        return 0
    return planned.ports[programs.PROMETHEUS]


def stop_unless_declared(layout: Layout, kubectl: Kubectl, progress: Progress) -> None:
    """Stop it if the cluster has no service levels any more.

    Raises:
        StackProblem: It cannot be stopped.
    """
    if _declared(kubectl) is None:
        stop(layout, progress)


def stop(layout: Layout, progress: Progress, *, delete_data: bool = False) -> None:
    """Stop it.

    Raises:
        StackProblem: It cannot be stopped, or its data cannot be removed.
    """
    try:
        observability(layout).down(delete_data, progress.note)
    except ObservabilityError as error:
        raise StackProblem(str(error)) from error


def show(layout: Layout, progress: Progress) -> None:
    """Say what runs and what it has measured, and write status page and report; nothing if it was never started."""
    watching = observability(layout)
    status = watching.status()
    if not status.components:
        return
    where = f", {status.prometheus}, alerts at {status.alertmanager}" if status.state != "stopped" else ""
    progress.say(f"\nObservability: {status.state}{where}")
    if status.message:
        progress.say(status.message)
    rows = [[part.name, part.pid or "", part.state, part.restarts] for part in status.components]
    progress.say(table("Programs", ["name", "process", "state", "restarts"], rows))
    if status.state != "stopped":
        progress.say()
        _show_service_levels(watching, status, progress)


def in_use(layout: Layout) -> list[list[str]]:
    """Rows of the table of what is in use: who measures and alerts, if that runs."""
    status = observability(layout).status()
    if status.state == "stopped":
        return []
    return [["observability", f"Prometheus at {status.prometheus}, Alertmanager at {status.alertmanager}"]]


def _wanted() -> bool:
    return os.environ.get(VARIABLE, "").strip().lower() not in OFF


def _declared(kubectl: Kubectl) -> declared.Declared | None:
    return declared.read(lambda kinds, namespace: kubectl.items(kinds, "--namespace", namespace))


def _show_service_levels(watching: Observability, status: ObservabilityStatus, progress: Progress) -> None:
    layout, planned = watching.layout, Plan.read(watching.layout)
    if planned is None or "prometheus does not answer" in status.message:
        return
    for what, command in (("page", page_command), ("report", report_command)):
        problem = _write(command(layout, planned.ports), layout.log(f"{what}-of-status"))
        if problem:
            progress.say(f"The {what} was not written: {problem}")
    summary = layout.pages / _SUMMARY
    rows = service_level_rows(summary)
    if rows:
        progress.say(table("Service levels, this month to date", ["objective", "measured"], rows))
        progress.say(f"Status page and reports: {layout.pages}")


def service_level_rows(summary: Path) -> list[list[str]]:
    """Rows of the table of service levels, from the summary that the status page's writer leaves."""
    objectives = read_json(summary).get("objectives")
    if not isinstance(objectives, list):
        return []
    return [[str(entry.get("name", "")), str(entry.get("text", ""))] for entry in objectives]


def _write(command: tuple[str, ...], log: Path) -> str:
    """Run a writer; return why it failed, or nothing."""
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_PAGE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {_PAGE_SECONDS} s"
    log.write_text(answer.stdout + answer.stderr, encoding="utf-8")
    if not answer.returncode:
        return ""
    return answer.stderr.strip().rpartition("\n")[2] or f"exit status {answer.returncode}, see {log}"
