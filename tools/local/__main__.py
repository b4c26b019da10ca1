"""Command line of the local services: `python -m tools.local up|down|status|logs`."""

import argparse
import json
import sys

from tools import paths
from tools.cluster import logs
from tools.cluster.command_line import EXIT_STATUS, add_looking, guarded, places, programs_table, say
from tools.local import Local, LocalError, LocalStatus, services

DESCRIPTION = """\
What images are built and kept with on this machine, on 127.0.0.1: a registry, the conda mirror's server, and an image
builder that reaches these two and nothing else (Linux, root). `make up` starts them, `make down` stops them.

  up      start them and wait until they answer; nothing to do if they do
  down    stop them; images, snapshots and the build cache are kept
  status  what runs, and where
  logs    show their logs
"""


def _parser() -> argparse.ArgumentParser:
    common = places(paths.LOCAL, "they keep")
    parser = argparse.ArgumentParser(
        prog="python -m tools.local", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", parents=[common], help="start them")
    up.add_argument("services", nargs="*", metavar="SERVICE", help=f"only these of {', '.join(services.NAMES)}")
    down = commands.add_parser("down", parents=[common], help="stop them")
    down.add_argument("--delete-data", action="store_true", help="remove images, snapshots, build cache and logs, too")
    add_looking(commands, common)
    return parser


def table(status: LocalStatus) -> str:
    """Returns the status as text."""
    lines = [f"Local services: {status.state}"]
    lines += [f"  registry  {status.registry}"] if status.registry else []
    lines += [f"  mirror    {status.mirror}"] if status.mirror else []
    if status.builder:
        lines.append(f"  builder   {status.builder} (DOCKER_CONFIG={status.docker_config})")
    lines += programs_table("SERVICE", status.components)
    if status.message:
        lines += ["", f"  {status.message}"]
    return "\n".join(lines)


def _run(arguments: argparse.Namespace) -> int:
    local = Local(arguments.directory, arguments.binaries)
    match arguments.command:
        case "up":
            status = local.up(arguments.services or services.NAMES, say)
            say(table(status))
            return EXIT_STATUS[status.state]
        case "down":
            local.down(arguments.delete_data, say)
            say("Local services: stopped" + (", their data removed" if arguments.delete_data else ""))
        case "status":
            status = local.status()
            say(json.dumps(status.as_json(), indent=2) if arguments.json else table(status))
            return EXIT_STATUS[status.state]
        case "logs":
            files = [(name, local.layout.log(name)) for name in ("supervisor", *services.NAMES)]
            if not any(path.exists() for _, path in files) and not arguments.follow:
                raise LocalError(f"No logs in {local.layout.logs}: the local services have not been started yet.")
            logs.show(files, arguments.lines, arguments.follow, say)
    return 0


def main() -> int:
    """Runs the command line and returns its exit status."""
    arguments = _parser().parse_args()
    return guarded(lambda: _run(arguments), LocalError)


if __name__ == "__main__":
    sys.exit(main())
