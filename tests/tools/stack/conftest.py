"""A Pulumi that only remembers how it was called, for tests of what is given to it."""

import json
import os
import sys
from pathlib import Path

import pytest

from tools.paths import ROOT
from tools.stack import commands, opening, target
from tools.stack.layout import Layout
from tools.stack.pulumi import Pulumi

# Behaves as the file `script` says: one entry per command word, `{"exit": 3, "out": "text", "sleep": 600, ...}`.
FAKE = """#!{python}
import json, os, signal, sys, time
from pathlib import Path
here = Path(__file__).parent
words = sys.argv[1:]
script = json.loads((here / "script").read_text())
step = next((script[key] for key in (" ".join(words[:2]), words[0]) if key in script), {{}})
text = "" if sys.stdin is None or sys.stdin.isatty() or not step.get("reads") else sys.stdin.read()
call = {{"words": words, "stdin": text, "environment": dict(os.environ), "directory": os.getcwd()}}
with (here / "calls").open("a") as file:
    file.write(json.dumps(call) + "\\n")
if "--event-log" in words:
    lines = [json.dumps(event, separators=(",", ":")) + "\\n" for event in step.get("events", [])]
    Path(words[words.index("--event-log") + 1]).write_text("".join(lines))
if "write" in step:
    Path(step["write"][0]).write_text(step["write"][1])
if step.get("plugin"):
    import subprocess
    plugin = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdout=subprocess.DEVNULL)
    (here / "plugin").write_text(str(plugin.pid))
if step.get("graceful"):
    signal.signal(signal.SIGINT, lambda *_: (os.write(1, b"finishing\\n"), os._exit(1)))
print(step.get("out", ""), flush=True)
if step.get("err"):
    print(step["err"], file=sys.stderr, flush=True)
if step.get("sleep"):
    time.sleep(step["sleep"])
if step.get("kill"):
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(step.get("exit", 0))
"""


class FakePulumi:
    """The fake's file, what it shall do, and what it was asked."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.binary = directory / "pulumi"
        self.binary.write_text(FAKE.format(python=sys.executable))
        self.binary.chmod(0o755)
        self.script({})

    def script(self, steps: dict) -> None:
        (self.directory / "script").write_text(json.dumps(steps))

    @property
    def calls(self) -> list[dict]:
        path = self.directory / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def cli(self, root: Path, *, config_file: Path | None = None, **variables: str) -> Pulumi:
        return Pulumi(
            binary=self.binary,
            root=root,
            stack="dev",
            environment={"PATH": os.environ["PATH"], **variables},
            config_file=config_file,
        )


@pytest.fixture(autouse=True)
def nothing_beside_the_cluster(monkeypatch):
    """These tests run as root, too, and must not start to build images, or programs that watch."""
    monkeypatch.setenv("SLATE_IMAGES", "0")
    monkeypatch.setenv("SLATE_OBSERVABILITY", "0")


@pytest.fixture
def fake_pulumi(tmp_path):
    directory = tmp_path / ".slate" / "bin"
    directory.mkdir(parents=True)
    return FakePulumi(directory)


class FakeKubectl:
    """A cluster without objects."""

    def uid(self):
        return "uid-1"

    def items(self, *_):
        return []

    def run(self, *_, **__):
        return ""


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone with the repository's settings, a Pulumi that only remembers, and a cluster that is not there."""
    layout = Layout(tmp_path)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "policies" / "config").mkdir(parents=True)
    (tmp_path / "policies" / "config" / "dev.json").write_text("{}")
    variables = {"PATH": "/usr/bin:/bin", "PULUMI_BACKEND_URL": layout.state.as_uri()}
    chosen = target.Target(target.EMBEDDED, None, "https://127.0.0.1:1", variables)
    monkeypatch.setattr(opening, "choose_cluster", lambda *_, **__: chosen)
    monkeypatch.setattr(target.Target, "kubectl", lambda *_: FakeKubectl())
    monkeypatch.setattr(commands.report, "show", lambda *_: None)
    return layout
