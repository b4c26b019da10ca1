"""Command line of what measures and alerts: `python -m tools.observability up|down|status|logs`."""

import argparse
import json
import sys
from pathlib import Path

from tools import paths
from tools.cluster import logs
from tools.cluster.command_line import EXIT_STATUS, add_looking, guarded, places, programs_table, say
from tools.observability import Observability, ObservabilityError, ObservabilityStatus, declared

DESCRIPTION = """\
What measures and alerts beside the embedded cluster, on 127.0.0.1: Prometheus with the stack's rules, Alertmanager,
kube-state-metrics, and, while nodes are simulated, the stack's own programs. `make up` starts them with what the stack
declares, `make down` stops them.

  up      start them with rules and a contract from files
  down    stop them; what was measured is kept
  status  what runs, and where
  logs    show their logs
"""


def _parser() -> argparse.ArgumentParser:
    common = places(paths.OBSERVABILITY, "they keep")
    common.add_argument(
        "--cluster", type=Path, default=paths.CLUSTER, help="the embedded cluster's directory (default: %(default)s)"
    )
    parser = argparse.ArgumentParser(
        prog="python -m tools.observability",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", parents=[common], help="start them")
    up.add_argument("--rules", type=Path, required=True, help="a rule file")
    up.add_argument("--contract", type=Path, required=True, help="a service level contract (JSON)")
    up.add_argument("--alertmanager", type=Path, help="Alertmanager's configuration (default: alerts go to nobody)")
    down = commands.add_parser("down", parents=[common], help="stop them")
    down.add_argument("--delete-data", action="store_true", help="remove what was measured, pages and logs, too")
    add_looking(commands, common)
    return parser


def table(status: ObservabilityStatus) -> str:
    """Returns the status as text."""
    lines = [f"Observability: {status.state}"]
    lines += [f"  Prometheus    {status.prometheus}"] if status.prometheus else []
    lines += [f"  Alertmanager  {status.alertmanager}"] if status.alertmanager else []
    lines += programs_table("PROGRAM", status.components)
    if status.message:
        lines += ["", f"  {status.message}"]
    return "\n".join(lines)


def _run(arguments: argparse.Namespace) -> int:
    watching = Observability(arguments.directory, arguments.binaries, arguments.cluster)
    match arguments.command:
        case "up":
            found = declared.from_files(arguments.rules, arguments.contract, arguments.alertmanager)
            status = watching.up(found, say, own_programs=False)
            say(table(status))
            return EXIT_STATUS[status.state]
        case "down":
            watching.down(arguments.delete_data, say)
            say("Observability: stopped" + (", its data removed" if arguments.delete_data else ""))
        case "status":
            status = watching.status()
            say(json.dumps(status.as_json(), indent=2) if arguments.json else table(status))
            return EXIT_STATUS[status.state]
        case "logs":
            names = ("supervisor", *(part.name for part in watching.status().components))
            files = [(name, watching.layout.log(name)) for name in names]
            if not any(path.exists() for _, path in files) and not arguments.follow:
                raise ObservabilityError(f"No logs in {watching.layout.logs}: nothing has been started yet.")
            logs.show(files, arguments.lines, arguments.follow, say)
    return 0


def main() -> int:
    """Runs the command line and returns its exit status."""
    arguments = _parser().parse_args()
    return guarded(lambda: _run(arguments), ObservabilityError)


if __name__ == "__main__":
    sys.exit(main())
