"""Running the Pulumi CLI: attached to the terminal for work, captured for questions."""

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.stack import chatter, events, locks, processes
from tools.stack.configuration import write_private
from tools.stack.problem import StackProblem

RUN_VARIABLE = "SLATE_RUN"  # in the environment of the CLI and of all it starts; tells leftovers of a killed run
PROJECT = "slate"
# Also the CLI's answer to wrong options, so that alone it says nothing: only a crash leaves the lock behind.
GO_PANIC = 2
TAKES_CONFIG_FILE = ("config", "destroy", "import", "logs", "preview", "refresh", "up", "update", "watch")


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    `exit_code` is the CLI's (negative: ended by that signal), `failures` are the errors it reported, `stopped` says
    that somebody asked it to stop, `crashed` that the CLI left its lock behind, `said` is a preview's standard error.
    """

    exit_code: int
    failures: list[events.Failure] = field(default_factory=list)
    stopped: bool = False
    crashed: bool = False
    said: str = ""

    @property
    def killed(self) -> bool:
        """The CLI did not get to write the state: ended by a signal, or by a crash of its own."""
        return self.exit_code < 0 or self.crashed


class Pulumi:
    """The CLI for one stack."""

    def __init__(
        self,
        *,
        binary: Path,
        root: Path,
        stack: str,
        environment: Mapping[str, str],
        config_file: Path | None = None,
    ) -> None:
        self._binary = binary
        self._root = root
        self.stack = stack
        self.environment = dict(environment)
        self._config_file = config_file

    def question(self, arguments: Sequence[str], *, text: str | None = None) -> str:
        """Run a short command and return what it prints.

        Args:
            arguments: The command, without `--stack`.
            text: What the command reads from its standard input. Secrets travel this way and no other.

        Raises:
            StackProblem: The command failed; the message is Pulumi's own.
        """
        answer = subprocess.run(
            [self._binary, *arguments, "--non-interactive"],
            cwd=self._root,
            env={**self.environment, "PULUMI_STACK": self.stack},
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            said = (answer.stderr.strip() or answer.stdout.strip()).removeprefix("error: ")
            raise StackProblem(f"`pulumi {' '.join(arguments[:2])}` failed: {said}")
        return answer.stdout

    def exists(self) -> bool:
        """Whether the backend knows the stack."""
        listed = json.loads(self.question(["stack", "ls", "--json"]) or "[]")
        return any(entry["name"].rpartition("/")[2] == self.stack for entry in listed)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; secrets are blanked by Pulumi."""
        return json.loads(self.question(["stack", "output", "--json"]) or "{}")

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the stack's state, secrets encrypted."""
        exported = json.loads(self.question(["stack", "export"]))
        return (exported.get("deployment") or {}).get("resources") or []

    def forget_pending_operations(self) -> int:
        """Take the operations of an interrupted run out of the state; returns how many there were.

        What they made is adopted by the next update, what they changed or deleted is still in the state and is
        compared again.
        """
        exported = json.loads(self.question(["stack", "export"]))
        deployment = exported.get("deployment") or {}
        pending = deployment.pop("pending_operations", None) or []
        if pending:
            self.question(["stack", "import"], text=json.dumps(exported))
        return len(pending)

    def attached(self, arguments: Sequence[str]) -> int:
        """Run any command on the terminal, with the configuration file where the command takes one."""
        command = list(arguments)
        given = any(part == "--config-file" or part.startswith("--config-file=") for part in command)
        if self._config_file and not given and command and command[0] in TAKES_CONFIG_FILE:
            command += ["--config-file", str(self._config_file)]
        run = uuid.uuid4().hex
        environment = {**self.environment, "PULUMI_STACK": self.stack, RUN_VARIABLE: run}
        code, _ = _attached([str(self._binary), *command], self._root, environment, lambda _pid: None)
        end_leftovers(run)
        return code

    def work(
        self,
        arguments: Sequence[str],
        *,
        marker: Path | None = None,
        keep_marker: bool = False,
        extra: Mapping[str, str] | None = None,
        keep_log: Path | None = None,
        shown: bool = True,
    ) -> Outcome:
        """Run `up`, `preview`, `refresh` or `destroy` on the terminal.

        Args:
            arguments: The command and its options.
            marker: A file that exists while the command runs, for commands that write the state. It stays behind
                when the CLI is killed, and names the process and the run.
            keep_marker: Leave the marker also when the command ends by itself.
            extra: Further environment variables for this run.
            keep_log: Where to leave the log of events, with the caller to delete it; without it the log is deleted.
                With it, the outcome also has what the CLI says on standard error, such as what ends it early.
            shown: Whether what the CLI prints is shown; its errors are in the outcome in any case.
        """
        run = uuid.uuid4().hex
        # The event log is an option of the CLI's own Automation API; without this variable the flag does not exist.
        environment = {**self.environment, **(extra or {}), RUN_VARIABLE: run, "PULUMI_DEBUG_COMMANDS": "true"}
        environment["PULUMI_STACK"] = self.stack
        log = (marker.parent if marker else self._root / ".slate" / "stacks") / f".{self.stack}.{run}.events"
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [str(self._binary), *arguments, "--event-log", str(log)]
        if self._config_file:
            command += ["--config-file", str(self._config_file)]
        process = 0

        def started(pid: int) -> None:
            nonlocal process
            process = pid
            if marker:
                content = {"pid": pid, "started": processes.started_at(pid), "run": run, "command": arguments[0]}
                write_private(marker, json.dumps(content) + "\n")

        heard: list[str] | None = [] if keep_log else None
        try:
            code, stopped = _attached(command, self._root, environment, started, quiet=True, shown=shown, heard=heard)
            crashed = code == GO_PANIC and self._left_its_lock(process)
            outcome = Outcome(code, events.read_errors(log) if code else [], stopped, crashed, "".join(heard or ()))
        finally:
            if keep_log and log.exists():
                log.replace(keep_log)
            log.unlink(missing_ok=True)
            end_leftovers(run)
        if marker and not outcome.killed and not keep_marker:
            marker.unlink(missing_ok=True)
        return outcome

    def _left_its_lock(self, pid: int) -> bool:
        """Whether a run that has ended still holds the stack, as far as the backend can be read from here."""
        backend = locks.local_backend(self.environment.get("PULUMI_BACKEND_URL", ""), self._root)
        if backend is None:
            return False
        return any(
            lock.pid == pid and lock.owner is locks.Owner.DEAD
            for lock in locks.read_locks(backend, PROJECT, self.stack)
        )


def end_leftovers(run: str) -> list[int]:
    """End what a run has started and left behind: a CLI that fails early, or is killed, does not end its plugins.

    Returns:
        The ids of the processes there were.
    """
    return processes.end(processes.with_variable(RUN_VARIABLE, run))


def _attached(
    command: list[str],
    root: Path,
    environment: dict[str, str],
    started: Callable[[int], None],
    *,
    quiet: bool = False,
    shown: bool = True,
    heard: list[str] | None = None,
) -> tuple[int, bool]:
    """Run on the terminal; without one, what it prints is relayed, without the logs of image builds.

    Its standard error is shown, and added to `heard` if that is given.
    """
    piped = quiet and shown and not sys.stdout.isatty()
    output = subprocess.PIPE if piped else None if shown else subprocess.DEVNULL
    errors = None if heard is None else subprocess.PIPE
    child = subprocess.Popen(command, cwd=root, env=environment, text=True, stdout=output, stderr=errors)
    with _passing_on_signals(child) as asked:
        started(child.pid)
        relays = [chatter.relaying(child, sys.stdout)] if piped else []
        relays += [] if heard is None else [chatter.listening(child, sys.stderr, heard)]
        while True:
            try:
                code = child.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                continue
        for relay in relays:
            relay.join(timeout=1)  # a plugin that was left behind may hold the pipe open; it is ended after this
        return code, bool(asked)


@contextmanager
def _passing_on_signals(child: "subprocess.Popen[str]") -> Iterator[list[float]]:
    """Let the CLI end in its own way (it finishes the steps in hand and writes the state) and wait for it.

    A Ctrl-C at the terminal reaches the CLI by itself; a second one would make it stop at once.
    """
    asked: list[float] = []

    def pass_on(number: int, _frame: object) -> None:
        at_terminal = number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty()
        if not at_terminal and (not asked or time.monotonic() - asked[0] > 1):
            child.send_signal(signal.SIGINT)
        asked.append(time.monotonic())

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
