"""Programs under test, as processes of their own."""

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.services.service_levels.stage import Stage

ROOT = Path(__file__).resolve().parents[3]


class Remediating:
    """A remediator that runs.

    Args:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def notify(self, *workspaces: tuple[str, str], status: str = "firing") -> list[str]:
        """Send a notification as Alertmanager does; returns the outcomes, `result reason` each."""
        labels = [{"namespace": f"ws-{team}", "workspace": name} for team, name in workspaces]
        alerts = [{"status": status, "labels": given | {"remediation": "restart-pod"}} for given in labels]
        code, said = self.post({"version": "4", "status": "firing", "alerts": alerts})
        assert code in (200, 503), said
        outcomes = [f"{one['result']} {one['reason']}" for one in json.loads(said)["outcomes"]]
        assert (code == 503) == any(outcome.startswith("failed") for outcome in outcomes)
        return outcomes

    def post(self, payload: Any) -> tuple[int, str]:
        """Send anything."""
        content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.ask("/alerts", content)

    def ask(self, path: str, content: bytes | None = None) -> tuple[int, str]:
        """One request."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.url + path, content, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def counted(self, **labels: str) -> float:
        """How often it did something, by its own metrics."""
        text = self.ask("/metrics")[1]
        total = 0.0
        for line in text.splitlines():
            if line.startswith("slate_remediations_total{"):
                own = dict(re.findall(r'(\w+)="([^"]*)"', line))
                if labels.items() <= own.items():
                    total += float(line.rpartition(" ")[2])
        return total


@contextmanager
def remediating(stage: Stage, *options: str) -> Iterator[Remediating]:
    """Run a remediator with the account that the component gives it; it ends well when it is told to."""
    token = stage.token("slate-system", "remediator")
    access = ["--server", stage.server, "--token", str(token), "--authority", str(stage.authority)]
    command = [sys.executable, "-m", "services.service_levels", "remediate", "--port", "0", *access, *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    output = process.stdout
    assert output is not None
    try:
        line = output.readline()
        found = re.search(r"Serving (http://\S+)/alerts", line)
        assert found, line
        yield Remediating(found.group(1))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        output.close()
