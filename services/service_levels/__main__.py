"""Entry point of `python -m services.service_levels`: one command each, loaded only when it is asked for."""

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "remediate": ("services.service_levels.remediator.cli", "replace pods of workspaces that do not heal themselves"),
    "canary": ("services.service_levels.canary.cli", "wake the canary workspace, work in it, put it to sleep"),
    "status-page": ("services.service_levels.status_page.cli", "write the status page"),
    "report": ("services.service_levels.report.cli", "write the monthly report"),
}
"""Module and purpose of each command; the module's `main` takes the arguments and returns the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code, 2 where there is no such command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m services.service_levels", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose, add_help=False)
    command = parser.parse_args(given[:1]).command
    return importlib.import_module(COMMANDS[command][0]).main(given[1:])


if __name__ == "__main__":
    sys.exit(main())
