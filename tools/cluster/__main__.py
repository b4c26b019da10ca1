"""Command line of the embedded cluster: `python -m tools.cluster up|down|status|kubeconfig|logs`."""

import argparse
import json
import sys

from tools import paths
from tools.cluster import Cluster, ClusterError, Status, components, logs
from tools.cluster.command_line import EXIT_STATUS, add_looking, guarded, places, programs_table, say
from tools.cluster.layout import Layout

DESCRIPTION = """\
A real Kubernetes control plane with simulated nodes, as processes of yours on 127.0.0.1.

  up          start it and wait until it is ready; nothing to do if it runs
  down        stop it; its objects are kept
  status      what runs, where, and since how many restarts
  kubeconfig  print the path of the kubeconfig: export KUBECONFIG=$(python -m tools.cluster kubeconfig)
  logs        show the logs of all components
"""


def _parser() -> argparse.ArgumentParser:
    common = places(paths.CLUSTER, "the cluster keeps")
    parser = argparse.ArgumentParser(
        prog="python -m tools.cluster", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", parents=[common], help="start the cluster")
    up.add_argument("--port", type=int, help="port of the API server (default: that of the last start, or a free one)")
    down = commands.add_parser("down", parents=[common], help="stop the cluster")
    down.add_argument("--delete-data", action="store_true", help="remove all its objects, certificates and logs, too")
    commands.add_parser("kubeconfig", parents=[common], help="print the path of the kubeconfig")
    log = add_looking(commands, common)
    log.add_argument(
        "--component",
        action="append",
        choices=(*components.NAMES, "supervisor"),
        help="only this one; may be given several times",
    )
    return parser


def _table(status: Status) -> str:
    lines = [f"Embedded cluster: {status.state}"]
    if status.version:
        lines.append(f"  Kubernetes  {status.version}")
    if status.server:
        lines.append(f"  server      {status.server}")
    lines.append(f"  kubeconfig  {status.kubeconfig}" + ("" if status.kubeconfig.exists() else " (not there now)"))
    lines += programs_table("COMPONENT", status.components)
    if status.message:
        lines += ["", f"  {status.message}"]
    return "\n".join(lines)


def _run(arguments: argparse.Namespace) -> int:
    cluster = Cluster(arguments.directory, arguments.binaries)
    match arguments.command:
        case "up":
            status = cluster.up(say, arguments.port)
            say(f"Embedded cluster: {status.state}; KUBECONFIG={status.kubeconfig}")
            return EXIT_STATUS[status.state]
        case "down":
            cluster.down(arguments.delete_data, say)
            say("Embedded cluster: stopped" + (", its data removed" if arguments.delete_data else ""))
        case "status":
            status = cluster.status()
            say(json.dumps(status.as_json(), indent=2) if arguments.json else _table(status))
            return EXIT_STATUS[status.state]
        case "kubeconfig":
            status = cluster.status()
            if not cluster.kubeconfig.exists() or status.state == "stopped":
                raise ClusterError("The embedded cluster does not run. Start it: `make up`.")
            say(str(cluster.kubeconfig))
        case "logs":
            layout = Layout.of(arguments.directory)
            layout.check()
            names = arguments.component or ("supervisor", *components.NAMES)
            present = [(name, layout.log(name)) for name in names if layout.log(name).exists()]
            if not present and not arguments.follow:
                raise ClusterError(f"No logs in {layout.logs}: the embedded cluster has not been started yet.")
            logs.show([(name, layout.log(name)) for name in names], arguments.lines, arguments.follow, say)
    return 0


def main() -> int:
    """Runs the command line and returns its exit status."""
    arguments = _parser().parse_args()
    return guarded(lambda: _run(arguments), ClusterError)


if __name__ == "__main__":
    sys.exit(main())
