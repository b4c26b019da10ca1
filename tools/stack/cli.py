"""Command line of the stack commands; `make` is the front door (`make help`)."""

import argparse
import errno
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence

from tools.bootstrap.errors import BootstrapError
from tools.cluster.errors import ClusterError
from tools.local import LocalError
from tools.node import NodeError
from tools.preview import files
from tools.preview.problem import PreviewProblem
from tools.stack import commands, lifecycle, target
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import Request

Command = Callable[[Request, Layout, Progress], int]

COMMANDS: dict[str, tuple[Command, str]] = {
    "up": (commands.up, "cluster up, pulumi up, wait for the workspaces, show them"),
    "preview": (commands.preview, "show what up would change"),
    "status": (lifecycle.status, "show the cluster, workspaces, node pools and quotas"),
    "refresh": (commands.refresh, "bring Pulumi's state to what the cluster has"),
    "destroy": (commands.destroy, "delete everything that the stack made"),
    "down": (lifecycle.down, "stop the embedded cluster; data and state stay"),
    "reset": (lifecycle.reset, "delete the embedded cluster's data and the state of its stacks"),
    "shell-env": (lifecycle.shell_env, "print exports for kubectl and pulumi in your shell"),
    "clean": (lifecycle.clean, "remove caches"),
}
INTERRUPTED = 130
_NO = ("0", "no", "n", "false", "off", "")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--stack", default="dev", metavar="NAME", help="which Pulumi.<NAME>.yaml (default: dev)")
    common.add_argument(
        "--cluster",
        choices=(target.EMBEDDED, target.NODE, target.KUBECONFIG),
        help="the embedded cluster, the same with a real node (root, Linux), or your current context (default: embedded"
        " for dev, with a real node if it has one; else kubeconfig)",
    )
    for name, text in (
        ("--yes", "do not ask"),
        ("--adopt", "take over objects and fields that the state does not know (up only)"),
    ):
        common.add_argument(name, nargs="?", const=True, default=False, type=_truth, metavar="1|0", help=text)
    made = argparse.ArgumentParser(prog="python -m tools.stack", description=__doc__)
    commands_of = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, text) in COMMANDS.items():
        own = commands_of.add_parser(name, parents=[common], help=text, description=text)
        if name == "preview":
            files.add_arguments(own)
    text = "allow a project's namespace to be deleted"
    commands_of.add_parser("unprotect", parents=[common], help=text, description=text).add_argument(
        "--project", required=True, metavar="NAME", help="which project"
    )
    text = "run any Pulumi command in the stack's environment"
    commands_of.add_parser("pulumi", parents=[common], help=text, description=text).add_argument(
        "arguments", metavar="ARGS", help='in one word, such as "stack output --json"'
    )
    return made


def _truth(word: str) -> bool:
    """What YES= and ADOPT= of `make` mean; of `YES=no` nobody expects that everything is deleted unasked."""
    known = {**dict.fromkeys(("1", "yes", "y", "true", "on"), True), **dict.fromkeys(_NO, False)}
    if word.strip().lower() not in known:
        raise argparse.ArgumentTypeError(f'"{word}" is neither yes (1, yes, true, on) nor no (0, no, false, off)')
    return known[word.strip().lower()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; problems become one message on standard error and an exit code."""
    options = parser().parse_args(arguments)
    request = Request(options.stack, options.cluster, options.yes, options.adopt)
    layout, progress = Layout(), Progress()
    seconds = os.environ.get("SLATE_TOOLS_SECONDS", "")
    if seconds.isdigit():
        progress.took("tools", int(seconds))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.command == "unprotect":
            return commands.unprotect(request, layout, progress, options.project)
        if options.command == "pulumi":
            return commands.passthrough(request, layout, options.arguments)
        if options.command == "preview":
            return commands.preview(request, layout, progress, files.given(options))
        return COMMANDS[options.command][0](request, layout, progress)
    except StackProblem as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        return problem.exit_code
    except (ClusterError, LocalError, NodeError, BootstrapError, PreviewProblem) as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr, flush=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`make status | head`); Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"\n{_unusable(error, layout)}", file=sys.stderr, flush=True)
        return 1


def _unusable(error: OSError, layout: Layout) -> str:
    """What to do about a file that cannot be read or written."""
    what = f"{error.filename or 'A file'}: {error.strerror or error}."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{what}\nWhat this command uses must belong to you and be writable. If `make` was run here as another user"
            f' (sudo), give it back: sudo chown -R "$(id -un)" {shlex.quote(str(layout.slate))}'
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{what}\nFree some disk space, then run this command again: it goes on where it stopped."
    return f"{what}\nRun this command again; if it stays so, `make doctor` looks over what is installed."


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
