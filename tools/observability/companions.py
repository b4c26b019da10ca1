"""The stack's own programs: on this machine while nodes are simulated, since pods there run nothing. Pure."""

import re
from collections.abc import Mapping
from pathlib import Path

from tools.cluster.ports import ADDRESS
from tools.observability.declared import REMEDIATE, SERVICES, Companion, Declared
from tools.observability.layout import Layout
from tools.observability.programs import PROMETHEUS, REMEDIATOR, Program, python

STATUS_PAGE = "status-page"
PAGE_SECONDS = 300
_CANARY_SECONDS = 600
_EVERY = re.compile(r"\*/(\d+) \* \* \* \*")


def companions(
    declared: Declared, layout: Layout, ports: Mapping[str, int], cluster: tuple[str, Path], root: Path
) -> tuple[Program, ...]:
    """Returns the remediator and the canary, as far as the stack declares them.

    Args:
        declared: What the stack declares.
        layout: The paths.
        ports: A port for each of `programs.PORTS`.
        cluster: The address of the API server, and the certificate that its own is checked against.
        root: The clone, which has the programs.
    """
    found: list[Program] = []
    for does, companion in sorted(declared.companions.items()):
        command = (
            *_command(companion),
            f"--server={cluster[0]}",
            f"--token={layout.token(companion.account.name)}",
            f"--authority={cluster[1]}",
        )
        variables = {"PYTHONPATH": str(root)}
        if does == REMEDIATE:
            command = (*command, f"--address={ADDRESS}", f"--port={ports[REMEDIATOR]}")
            found.append(Program(REMEDIATOR, command, ports[REMEDIATOR], "/healthz", variables, companion.account))
        else:
            command = (*command, f"--every={seconds_between(companion.schedule)}")
            found.append(Program(does, command, variables=variables, account=companion.account))
    return tuple(found)


def doorway(declared: Declared, ports: Mapping[str, int], node: Path, root: Path) -> tuple[Program, ...]:
    """Returns what leads from this machine to the remediator, which is a pod on a real node; nothing if there is none.

    Args:
        declared: What the stack declares.
        ports: A port for each of `programs.PORTS`.
        node: The real node's directory.
        root: The clone.
    """
    companion = declared.companions.get(REMEDIATE)
    if companion is None:
        return ()
    service = f"{companion.name}.{companion.account.namespace}.svc"
    where = (f"--node={node}", f"--service={service}", f"--to={companion.port}", f"--port={ports[REMEDIATOR]}")
    command = python("tools.observability.doorway", *where)
    # Not asked whether it works: the pod may come later, and Alertmanager tries again.
    return (Program(REMEDIATOR, command, variables={"PYTHONPATH": str(root)}),)


def page_writer(layout: Layout, ports: Mapping[str, int], root: Path) -> Program:
    """Returns what writes the status page again and again; here it may read Prometheus, wherever pods run."""
    again = ("--seconds", str(PAGE_SECONDS), "--", *page_command(layout, ports))
    command = python("tools.observability.periodically", *again)
    return Program(STATUS_PAGE, command, variables={"PYTHONPATH": str(root)})


def page_command(layout: Layout, ports: Mapping[str, int]) -> tuple[str, ...]:
    """Returns the command that writes the status page."""
    return python(SERVICES, "status-page", *_reading(layout, ports))


def report_command(layout: Layout, ports: Mapping[str, int]) -> tuple[str, ...]:
    """Returns the command that writes the report of this month, as far as it has come."""
    return python(SERVICES, "report", *_reading(layout, ports), "--month=current")


def seconds_between(schedule: str) -> int:
    """Returns the seconds between the runs of a cron expression; ten minutes if it is not simply every N minutes."""
    match = _EVERY.fullmatch(schedule.strip())
    return int(match[1]) * 60 if match and int(match[1]) else _CANARY_SECONDS


def _reading(layout: Layout, ports: Mapping[str, int]) -> tuple[str, ...]:
    return (
        f"--contract={layout.contract}",
        f"--prometheus=http://{ADDRESS}:{ports[PROMETHEUS]}",
        f"--data={layout.pages / 'data'}",
        f"--output={layout.pages}",
        f"--id-key-file={layout.page_key}",
    )


def _command(companion: Companion) -> tuple[str, ...]:
    """The command line of the pod, with this Python in place of the image's."""
    return (*python()[:1], *companion.command[1:])
