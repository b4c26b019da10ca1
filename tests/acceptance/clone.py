"""A clone of the repository for tests: the real program and commands, with a cluster and a state of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pulumi import automation
from pulumi.automation import EngineEvent

from tests.acceptance import reading
from tools.bootstrap.groups import all_groups
from tools.bootstrap.native import NativeGroup
from tools.bootstrap.stamps import load_record
from tools.bootstrap.workplace import Workplace
from tools.cluster import Cluster
from tools.local import Local
from tools.observability import Observability
from tools.paths import PULUMI_HOME, ROOT, VENV

PROGRAM = (
    "Makefile",
    "Pulumi.yaml",
    "__main__.py",
    "components",
    "images",
    "policies",
    "services",
    "settings",
    "tools",
)
INHERITED = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "KUBECONFIG")
TIMEOUT = 400
UNTOUCHED = ("same", "read")
HOST = re.compile(r"[a-z0-9-]+--[a-z0-9-]+\.slate\.localhost")


class Clone:
    """A copy of the program in a directory, with the tools of this repository."""

    def __init__(self, root: Path, binaries: Path) -> None:
        self.root = root
        self.slate = root / ".slate"
        self.binaries = binaries
        if not root.exists():  # else it is one that another process has made
            self.make()
        own = root / "Pulumi.dev.yaml"
        self.settings = yaml.safe_load((own if own.exists() else ROOT / "Pulumi.dev.yaml").read_text())
        self.cluster = Cluster(self.slate / "cluster", binaries)
        self.variables: dict[str, str] = {}

    def make(self) -> None:
        """Copy the program, and link the tools."""
        for name in PROGRAM:
            source, copy = ROOT / name, self.root / name
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "locks"))
            else:
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)
        self.slate.mkdir()
        # What the clone's commands install lands in the clone: links to tools, and a copy of what is known of them.
        (self.slate / "bin").mkdir()
        for tool in self.binaries.iterdir():
            (self.slate / "bin" / tool.name).symlink_to(tool)
        shutil.copytree(PULUMI_HOME.parent / "stamps", self.slate / "stamps")
        for name, place in {"venv": VENV, "pulumi": PULUMI_HOME, "cache": PULUMI_HOME.parent / "cache"}.items():
            place.mkdir(parents=True, exist_ok=True)
            (self.slate / name).symlink_to(place)
        self._take_over_tools()

    def _take_over_tools(self) -> None:
        """Tools are remembered with their clone; this one's are the same files and need not be built anew."""
        stamps = self.slate / "stamps"
        place = Workplace(root=self.root)
        for name, group in all_groups(place).items():
            record = load_record(stamps / f"{name}.json")
            if record.tools and name == "nft":
                record.key = str(self.root)
            elif record.tools and isinstance(group, NativeGroup):
                record.key = group.key(place)
            record.save(stamps / f"{name}.json")

    # --- settings ------------------------------------------------------------

    def write_settings(self) -> None:
        """Write `settings` to the stack file."""
        (self.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump(self.settings, sort_keys=False))

    def project(self, name: str) -> dict[str, Any]:
        """A project of the settings, to be changed in place."""
        return next(entry for entry in self.settings["config"]["slate:projects"] if entry["name"] == name)

    def workspace(self, project: str, name: str) -> dict[str, Any]:
        """A workspace of the settings, to be changed in place."""
        return next(entry for entry in self.project(project)["workspaces"] if entry["name"] == name)

    # --- commands ------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a user's shell."""
        inherited = {name: value for name, value in os.environ.items() if name not in INHERITED}
        # These tests are about the cluster; run by root, they would build the images of every clone.
        return {**inherited, "SLATE_IMAGES": "0", "SLATE_OBSERVABILITY": "0"} | self.variables

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a stack command."""
        return subprocess.Popen(
            [sys.executable, "-m", "tools.stack", *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0, timeout: float = TIMEOUT) -> str:
        """Run a stack command to its end; returns all it says."""
        process = self.start(*arguments)
        try:
            output, _ = process.communicate(timeout=timeout)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == code, output
        assert "Traceback" not in output, output
        return output

    # --- cluster -------------------------------------------------------------

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl on the clone's cluster."""
        answer = subprocess.run(
            [self.slate / "bin" / "kubectl", "--kubeconfig", self.cluster.kubeconfig, *arguments],
            env={**os.environ, "KUBECACHEDIR": str(self.slate / "cache" / "kube")},  # not the user's own ~/.kube
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        """An object, or a list of objects, as kubectl gives it."""
        where = reading.path(arguments)
        if where:
            return reading.read(self.slate / "cluster", where)
        return json.loads(self.kubectl("get", *arguments, "--output", "json"))

    def names(self, kind: str, *arguments: str) -> set[str]:
        """The names of the objects of a kind."""
        return {item["metadata"]["name"] for item in self.get(kind, *arguments)["items"]}

    # --- Pulumi's own view ---------------------------------------------------

    def stack(self, name: str = "dev") -> automation.Stack:
        """A stack through Pulumi's Automation API."""
        variables = {
            **self.environment,
            "PATH": os.pathsep.join([str(self.slate / "bin"), str(self.slate / "venv" / "bin"), os.environ["PATH"]]),
            "PULUMI_HOME": str(self.slate / "pulumi"),
            "PULUMI_BACKEND_URL": (self.slate / "state").as_uri(),
            # Not as a file: a passphrase in the environment of this process, as other tests set one, would win.
            "PULUMI_CONFIG_PASSPHRASE": (self.slate / "passphrase").read_text(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "KUBECACHEDIR": str(self.slate / "cache" / "kube"),
        }
        options = automation.LocalWorkspaceOptions(
            env_vars=variables, pulumi_command=automation.PulumiCommand(root=str(self.slate))
        )
        return automation.select_stack(name, work_dir=str(self.root), opts=options)

    def config_file(self, stack: str = "dev") -> Path:
        """The configuration that the commands give to Pulumi: joined with the clone's secret, or the file itself."""
        joined = self.slate / "stacks" / f"Pulumi.{stack}.yaml"
        return joined if joined.exists() else self.root / f"Pulumi.{stack}.yaml"

    def changes(self, stack: str = "dev") -> list[tuple[str, str]]:
        """What `up` would change: operation and resource (type::name)."""
        seen: list[tuple[str, str]] = []

        def note(event: EngineEvent) -> None:
            metadata = event.resource_pre_event.metadata if event.resource_pre_event else None
            if metadata and metadata.op not in UNTOUCHED:
                seen.append((str(metadata.op.value), metadata.urn.rpartition("$")[2]))

        self.stack(stack).preview(config_file=str(self.config_file(stack)), on_event=note)
        return seen

    def destroy_everything(self) -> None:
        """Stop the cluster, the local services and what measures, and delete their data."""
        watching = Observability(self.slate / "observability", self.slate / "bin", self.slate / "cluster")
        watching.down(delete_data=True, report=lambda _: None)
        self.cluster.down(delete_data=True, report=lambda _: None)
        Local(self.slate / "local", self.slate / "bin").down(delete_data=True, report=lambda _: None)


def states(said: str) -> dict[str, str]:
    """The state of each workspace in the table that a command ends with."""
    rows = [line.split() for line in said.splitlines()]
    return {row[1]: row[2] for row in rows if any(HOST.fullmatch(word) for word in row[3:])}


def eventually(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: It did not within the time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.5)  # the cluster and what it waits for need the processors
