"""A clone of the program for a benchmark, used as users do."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.bench import measure
from tools.paths import ROOT, SLATE

LEFT_OUT = ("docs", "tests")
"""What the program does not need. Hidden files are left out as well: .slate above all."""


class Clone:
    """A copy of the program with a cluster, a registry and a builder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        for source in ROOT.iterdir():
            copy = root / source.name
            if source.name.startswith(".") or source.name in LEFT_OUT:
                continue
            if source.is_dir():
                shutil.rmtree(copy, ignore_errors=True)  # of an earlier benchmark, where a clone is kept
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy)
        # The fixture channel and the Debian base are made once; tools are the clone's own, as their places are in them.
        (root / ".slate").mkdir(exist_ok=True)
        if not (root / ".slate/cache").exists():
            (SLATE / "cache").mkdir(parents=True, exist_ok=True)
            (root / ".slate/cache").symlink_to(SLATE / "cache")

    @property
    def tools(self) -> Path:
        """The clone's programs."""
        return self.root / ".slate/bin"

    def make(self, target: str, tell: measure.Tell = measure.silent, **variables: str) -> measure.Measured:
        """Run a target of `make`, as a user does.

        Args:
            target: Its name.
            tell: Takes each line of the output.
            variables: Such as CLUSTER="node".

        Raises:
            measure.MeasureError: It failed.
        """
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "SLATE_"))}
        own.pop("KUBECONFIG", None)
        words = [f"{name}={value}" for name, value in variables.items()]
        return measure.run(["make", target, *words], cwd=self.root, environment=own, tell=tell)

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl on the clone's cluster; returns what it says.

        Raises:
            measure.MeasureError: It failed.
        """
        kubeconfig = self.root / ".slate/cluster/kubeconfig"
        command = [str(self.tools / "kubectl"), "--kubeconfig", str(kubeconfig), *arguments]
        own = {**os.environ, "KUBECACHEDIR": str(self.root / ".slate/cache/kube")}
        return measure.run(command, cwd=self.root, environment=own).output

    @property
    def configuration(self) -> Mapping[str, Any]:
        """What `make up` gave to Pulumi: addresses of the local services are in it."""
        return yaml.safe_load((self.root / ".slate/stacks/Pulumi.dev.yaml").read_text())["config"]
