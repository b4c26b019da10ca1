"""Hands changed files to the programs that read them; what they would refuse never takes the place of what works."""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.cluster.files import write_atomically
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.observability import health
from tools.observability.errors import ObservabilityError
from tools.observability.layout import Layout
from tools.observability.plan import Plan
from tools.observability.programs import ALERTMANAGER, PROMETHEUS

_SECONDS = 60.0
_LOADED = {
    PROMETHEUS: "prometheus_config_last_reload_success_timestamp_seconds",
    ALERTMANAGER: "alertmanager_config_last_reload_success_timestamp_seconds",
}


def check(files: Mapping[Path, str], layout: Layout, binaries: Path) -> None:
    """Lets Prometheus' and Alertmanager's own tools judge what they are to read.

    Args:
        files: The texts by path.
        layout: The paths.
        binaries: Directory with promtool and amtool.

    Raises:
        ObservabilityError: They refuse it; the message is theirs.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            # Prometheus' configuration names the rule file, which is the one on trial as well.
            trial = text.replace(str(layout.rules), f"{folder}/{layout.rules.name}")
            (Path(folder) / path.name).write_text(trial, encoding="utf-8")
        for path, command in (
            (layout.prometheus_file, ("promtool", "check", "config")),
            (layout.alertmanager_file, ("amtool", "check-config")),
        ):
            line = [str(binaries / command[0]), *command[1:], f"{folder}/{path.name}"]
            answer = subprocess.run(line, capture_output=True, text=True, check=False)
            if answer.returncode:
                said = (answer.stderr.strip() or answer.stdout.strip()).replace(f"{folder}/", "")
                raise ObservabilityError(f"{command[0]} refuses what the stack declares:\n{said}")


def apply(files: Mapping[Path, str], planned: Plan, layout: Layout, report: Callable[[str], None]) -> None:
    """Writes what has changed, and lets the running programs read it.

    Args:
        files: The texts by path; checked.
        planned: What runs.
        layout: The paths.
        report: Takes a line for each program that has read something new.

    Raises:
        ObservabilityError: A program does not read it.
    """
    readers = set()
    for path, text in files.items():
        if _read(path) == text:
            continue
        write_atomically(path, text)
        if path in (layout.rules, layout.prometheus_file):
            readers.add(PROMETHEUS)
        if path == layout.alertmanager_file:
            readers.add(ALERTMANAGER)
    for name in sorted(readers):
        before = _loaded(name, planned.ports[name])
        _ask_to_read(name, layout)
        _wait(name, planned.ports[name], before, layout)
        report(f"Observability: {name} has read the new {'rules' if name == PROMETHEUS else 'routes'}")


def _ask_to_read(name: str, layout: Layout) -> None:
    record = Record.read(layout)
    for part in record.components if record else ():
        if part.name == name and part.process is not None and is_alive(part.process):
            os.kill(part.process.pid, signal.SIGHUP)
            return
    raise ObservabilityError(f"{name} does not run, so it cannot read what is new: see {layout.log(name)}")


def _wait(name: str, port: int, before: float, layout: Layout) -> None:
    deadline = time.monotonic() + _SECONDS
    while _loaded(name, port) <= before:
        if time.monotonic() > deadline:
            raise ObservabilityError(f"{name} did not read what is new within {_SECONDS:.0f} s: see {layout.log(name)}")
        time.sleep(0.05)


def _loaded(name: str, port: int) -> float:
    """When the program last read its files, by its own account; 0 if it does not say."""
    answer = health.get(port, "/metrics") or b""
    match = re.search(rf"^{_LOADED[name]} (\S+)$", answer.decode(), re.MULTILINE)
    return float(match[1]) if match else 0.0


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
