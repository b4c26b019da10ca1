"""Command line of the real node: `python -m tools.node up|down|status|logs|run|connect`."""

import argparse
import json
import sys
from pathlib import Path

from tools import paths
from tools.cluster import logs
from tools.cluster.command_line import EXIT_STATUS, add_looking, guarded, places, programs_table, say
from tools.node import Node, NodeError, NodeStatus, connect, enter
from tools.node.plan import Plan
from tools.node.programs import NAMES

DESCRIPTION = """\
A real node of the embedded cluster (Linux, root): containerd and a kubelet on this machine, in network, mounts and
processes of their own. `make up CLUSTER=node` starts it, `make down` stops it.

  up      start it and wait until it is ready; nothing to do if it is
  down    stop it; images and homes are kept
  status  what runs, and where
  logs    show the logs
  connect what ssh uses to reach a workspace (see ssh_config in its directory)
  run     run a command inside its namespaces, such as `run -- nft list ruleset`
"""


def _parser() -> argparse.ArgumentParser:
    common = places(paths.NODE, "the node keeps")
    common.add_argument(
        "--cluster", type=Path, default=paths.CLUSTER, help="the embedded cluster's directory (default: %(default)s)"
    )
    parser = argparse.ArgumentParser(
        prog="python -m tools.node", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", parents=[common], help="start it")
    up.add_argument("--port", action="append", type=int, default=[], help="a port of 127.0.0.1 it reaches; repeatable")
    up.add_argument("--registry", action="append", default=[], help="a registry without TLS, host:port; repeatable")
    up.add_argument("--domain", default="", help="the domain of workspaces, for a front door")
    down = commands.add_parser("down", parents=[common], help="stop it")
    down.add_argument("--forget", action="store_true", help="let the cluster forget it, too")
    down.add_argument("--delete-data", action="store_true", help="remove images, homes and logs, too")
    add_looking(commands, common)
    run = commands.add_parser("run", parents=[common], help="run a command inside")
    run.add_argument("arguments", nargs="+", metavar="COMMAND", help="after --")
    to = commands.add_parser("connect", parents=[common], help="connect standard input and output to a workspace")
    to.add_argument("host", help="its host name")
    to.add_argument("to_port", type=int, metavar="PORT", help="its port")
    return parser


def table(status: NodeStatus) -> str:
    """Returns the status as text."""
    lines = [f"Real node: {status.state}"]
    if status.address:
        lines += [f"  name     {status.name}", f"  address  {status.address}", f"  pods     {status.pods}"]
    lines += programs_table("PROGRAM", status.components)
    if status.message:
        lines += ["", f"  {status.message}"]
    return "\n".join(lines)


def _run(arguments: argparse.Namespace) -> int:
    node = Node(arguments.directory, arguments.binaries, arguments.cluster)
    match arguments.command:
        case "up":
            status = node.up(say, arguments.port, arguments.registry, arguments.domain)
            say(table(status))
            return EXIT_STATUS[status.state]
        case "down":
            node.down(arguments.forget, arguments.delete_data, say)
            say("Real node: stopped" + (", its data removed" if arguments.delete_data else ""))
        case "status":
            status = node.status()
            say(json.dumps(status.as_json(), indent=2) if arguments.json else table(status))
            return EXIT_STATUS[status.state]
        case "logs":
            files = [(name, node.layout.log(name)) for name in ("supervisor", *NAMES)]
            if not any(path.exists() for _, path in files) and not arguments.follow:
                raise NodeError(f"No logs in {node.layout.logs}: the real node has not been started yet.")
            logs.show(files, arguments.lines, arguments.follow, say)
        case "run":
            if node.status().state == "stopped":
                raise NodeError("The real node does not run. Start it: make up CLUSTER=node")
            return enter.main([f"--directory={node.layout.directory}", "--", *arguments.arguments])
        case "connect":
            planned = Plan.read(node.layout)
            connect.connect(node.layout, arguments.host, planned.domain if planned else "", arguments.to_port)
    return 0


def main() -> int:
    """Runs the command line and returns its exit status."""
    arguments = _parser().parse_args()
    return guarded(lambda: _run(arguments), NodeError)


if __name__ == "__main__":
    sys.exit(main())
