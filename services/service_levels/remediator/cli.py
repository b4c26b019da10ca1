"""Command line of the remediator."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from services.api_server import ApiError
from services.service_levels.access import add_access, client
from services.service_levels.errors import ServiceLevelsError
from services.service_levels.remediator.decision import Policy
from services.service_levels.remediator.remediator import Options
from services.service_levels.remediator.server import serve

PORT = 8095


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m services.service_levels remediate",
        description="Takes Alertmanager's notifications (POST /alerts) and replaces pods of workspaces that are down.",
    )
    made.add_argument("--address", default="127.0.0.1", metavar="A", help="address to listen on (default: 127.0.0.1)")
    made.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port, 0 for a free one (default: {PORT})")
    made.add_argument("--dry-run", action="store_true", help="only say what would be done")
    made.add_argument("--namespace", default="slate-system", metavar="NAME", help="where the ledger is")
    made.add_argument("--ledger", default="remediations", metavar="NAME", help="ConfigMap that limits are counted in")
    usual = Policy()
    made.add_argument(
        "--minimum-age-seconds", type=float, default=usual.minimum_age_seconds, metavar="N",
        help="least time that a pod has not been ready (default: %(default)s)",
    )  # fmt: skip
    made.add_argument(
        "--start-deadline-seconds", type=float, default=usual.start_deadline_seconds, metavar="N",
        help="time that a start may take (default: %(default)s)",
    )  # fmt: skip
    made.add_argument(
        "--per-workspace-per-hour", type=int, default=usual.per_workspace_per_hour, metavar="N",
        help="most new pods for one workspace (default: %(default)s)",
    )  # fmt: skip
    made.add_argument(
        "--fleet-percent", type=float, default=usual.fleet_percent, metavar="N",
        help="most new pods in ten minutes, in percent of the workspaces that are to run (default: %(default)s)",
    )  # fmt: skip
    made.add_argument("--fencing", action="store_true", help="fence lost nodes; docs/healing.md says when")
    add_access(made)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; one message on standard error and exit code 1 where that fails, 2 for a wrong command."""
    options = _checked(parser(), arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    policy = Policy(
        minimum_age_seconds=options.minimum_age_seconds,
        start_deadline_seconds=options.start_deadline_seconds,
        per_workspace_per_hour=options.per_workspace_per_hour,
        fleet_percent=options.fleet_percent,
        fencing=options.fencing,
    )
    running = Options(policy, options.dry_run, options.namespace, options.ledger)

    def ready(url: str) -> None:
        print(f"Serving {url}/alerts" + (" (dry run)" if options.dry_run else ""), flush=True)

    try:
        asyncio.run(
            serve(
                client(options),
                running,
                address=options.address,
                port=options.port,
                ready=ready,
            )
        )
    except (ApiError, ServiceLevelsError) as problem:
        print(problem, file=sys.stderr, flush=True)
        return 1
    return 0


def _checked(made: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    options = made.parse_args(arguments)
    if not 0 <= options.port <= 65535:
        made.error(f"--port {options.port}: a port is from 0 to 65535")
    if options.minimum_age_seconds < 0 or options.start_deadline_seconds < 0:
        made.error("times are zero seconds or more")
    if options.per_workspace_per_hour < 0:
        made.error(f"--per-workspace-per-hour {options.per_workspace_per_hour}: a number from 0 on")
    if not 0 < options.fleet_percent <= 100:
        made.error(f"--fleet-percent {options.fleet_percent:g}: a number above 0, at most 100")
    return options
