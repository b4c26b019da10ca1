"""Command line of the canary."""

import argparse
import asyncio
import datetime
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from services.api_server import ApiError
from services.service_levels.access import add_access, client
from services.service_levels.canary.cycle import Canary, CanaryError, Work, run
from services.service_levels.canary.kernel import run_cell
from services.service_levels.canary.secure_shell import run_command
from services.service_levels.errors import ServiceLevelsError
from services.service_levels.kubernetes import Api

JUPYTER, SSH = 8888, 2222
STOPPED = 130
"""Exit code after SIGTERM or SIGINT: the round was not finished."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m services.service_levels canary",
        description="Wakes the canary workspace, runs one kernel cell and one SSH command in it, and puts it to sleep.",
    )
    usual = Canary()
    made.add_argument("--namespace", default=usual.namespace, metavar="NAME", help="default: %(default)s")
    made.add_argument("--workspace", default=usual.name, metavar="NAME", help="default: %(default)s")
    made.add_argument("--url", metavar="URL", help="its JupyterLab (default: by the pod's name in the cluster)")
    made.add_argument("--workspace-token", type=Path, metavar="FILE", help="the workspace's token")
    made.add_argument("--ssh-host", metavar="HOST", help="default: the pod's name in the cluster")
    made.add_argument("--ssh-port", type=int, default=SSH, metavar="N", help="default: %(default)s")
    made.add_argument("--ssh-key", type=Path, metavar="FILE", help="private key that the workspace lets in")
    made.add_argument("--ssh-proxy", metavar="COMMAND", help="command that connects to %%h and %%p, as in ssh_config")
    made.add_argument("--simulated", action="store_true", help="on a simulated node: only wake and sleep")
    made.add_argument(
        "--start-deadline-seconds", type=float, default=300, metavar="N", help="time for a start (default: %(default)s)"
    )
    made.add_argument(
        "--step-seconds", type=float, default=60, metavar="N", help="time for each other step (default: %(default)s)"
    )
    made.add_argument("--every", type=float, metavar="SECONDS", help="stay, and begin a round this often")
    add_access(made)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """One round, or one after the other; exit code 1 with one message where it fails, 2 for a wrong command."""
    made = parser()
    options = made.parse_args(arguments)
    if not options.simulated and not (options.workspace_token and options.ssh_key):
        made.error("--workspace-token and --ssh-key are needed, or --simulated")
    if options.every is not None and options.every <= 0:
        made.error(f"--every {options.every:g}: a number of seconds above 0")
    try:
        return asyncio.run(_main(client(options), options))
    except ApiError as problem:
        print(problem, file=sys.stderr, flush=True)
        return 1


async def _main(api: Api, options: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - asyncio.run made it
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        async with api:
            while True:
                began = asyncio.get_running_loop().time()
                code = await _round(api, options)
                if options.every is None:
                    return code
                await asyncio.sleep(max(0.0, options.every - (asyncio.get_running_loop().time() - began)))
    except asyncio.CancelledError:
        return 0 if options.every is not None else STOPPED


async def _round(api: Api, options: argparse.Namespace) -> int:
    """One round, and what it tells."""
    canary = Canary(options.namespace, options.workspace)
    try:
        times = await run(api, canary, _works(options, canary), options.start_deadline_seconds)
    except (CanaryError, ServiceLevelsError, ApiError) as problem:
        print(f"{_now()} canary failed: {problem}", file=sys.stderr, flush=True)
        return 1
    print(f"{_now()} canary is well: {times}" + (" (simulated)" if options.simulated else ""), flush=True)
    return 0


def _works(options: argparse.Namespace, canary: Canary) -> dict[str, Work]:
    if options.simulated:
        return {}
    pod = f"{canary.name}-0.workspaces.{canary.namespace}.svc"
    url, host = options.url or f"http://{pod}:{JUPYTER}", options.ssh_host or pod
    seconds = options.step_seconds
    return {
        "kernel": lambda: run_cell(url, options.workspace_token, seconds),
        "ssh": lambda: run_command(host, options.ssh_port, options.ssh_key, seconds, options.ssh_proxy),
    }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
