"""What the rules cost: a no-op preview with the policy pack, against the same preview without it.

Both run in turn against one control plane of the benchmark's own. Workspaces are asleep, so that nothing but the
preview is measured.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from tools.bench import fleet, fleet_stack, measure
from tools.bootstrap.environment import environment
from tools.cluster import Cluster
from tools.paths import BIN, ROOT, VENV
from tools.stack import options

GOAL_RATIO = 1.3
PROGRAM = ("__main__.py", "components", "settings", "policies")


class Subject:
    """The program with a number of workspaces, in a folder and with a state of its own."""

    def __init__(self, work: Path, kubeconfig: Path, count: int) -> None:
        self.folder = work / f"slate-{count}"
        self.folder.mkdir()
        for name in PROGRAM:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, self.folder / name)
        (self.folder / ".slate").mkdir()
        (self.folder / ".slate" / "venv").symlink_to(VENV)
        state = work / f"state-{count}"
        state.mkdir()
        project = {"name": "slate", "runtime": {"name": "python", "options": {"virtualenv": str(VENV)}}}
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        self.environment = {
            **environment(),
            **options.variables(os.environ, own_backend=True),
            "KUBECONFIG": str(kubeconfig),
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
            "PULUMI_BACKEND_URL": state.as_uri(),
        }
        self.pulumi("stack", "init", "dev")
        path = self.folder / "Pulumi.dev.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"config": fleet_stack.settings(count)}))
        self.pulumi(*fleet_stack.SET_TOKEN_SECRET)
        # The fleet's image is in no registry of the dev stack's parameters.
        parameters = {"parameters": {"registries": ["{registry}/", "registry.k8s.io/"], "protectProjects": False}}
        (self.folder / "policies" / "config" / "dev.json").write_text(json.dumps(parameters))

    def pulumi(self, *arguments: str) -> measure.Measured:
        """Run the CLI in the folder."""
        return measure.run([str(BIN / "pulumi"), *arguments], cwd=self.folder, environment=self.environment)

    def up(self) -> measure.Measured:
        """Make everything."""
        return self.pulumi("up", "--yes", "--skip-preview", "--non-interactive", *options.arguments())

    def preview(self, *, policies: bool) -> measure.Measured:
        """A preview that must find nothing to change, and with the pack nothing to object to."""
        pack = options.policies() if policies else []
        return self.pulumi("preview", "--expect-no-changes", "--non-interactive", *pack, *options.arguments())


def compare(subject: Subject, repeats: int) -> dict[str, list[measure.Measured]]:
    """Previews with and without the pack, in turn."""
    runs: dict[str, list[measure.Measured]] = {"with": [], "without": []}
    for turn in range(repeats):
        for side in ("without", "with") if turn % 2 else ("with", "without"):
            runs[side].append(subject.preview(policies=side == "with"))
        last = ", ".join(f"{side} {found[-1].seconds:.1f} s" for side, found in runs.items() if found)
        fleet.say(f"{turn + 1} of {repeats}: {last}")
    if not all("Policies:" in run.output for run in runs["with"]):
        raise measure.MeasureError("the policy pack did not run:\n" + runs["with"][-1].output[-2000:])
    return runs


def verdict(count: int, runs: Mapping[str, Sequence[measure.Measured]]) -> str:
    """The result line: medians of both sides."""
    given = {side: statistics.median(run.seconds for run in found) for side, found in runs.items()}
    return measure.result(
        "policies",
        given["with"],
        "s",
        against=given["without"],
        goal=f"preview with the pack <= {GOAL_RATIO} x without, at {count} workspaces",
        met=given["with"] <= GOAL_RATIO * given["without"],
        workspaces=count,
        repeats=len(runs["with"]),
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.policies", description=__doc__)
    parser.add_argument("--size", type=int, default=1000, help="number of workspaces (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="previews of each kind (default %(default)s)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the cluster is stopped and the folder removed then too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as temporary:
        work = Path(temporary)
        cluster = Cluster(work / secrets.token_hex(2), BIN)
        cluster.up(fleet.say)
        try:
            subject = Subject(work, cluster.kubeconfig, given.size)
            fleet.say(f"{given.size} workspaces: creating them")
            subject.up()
            runs = compare(subject, given.repeats)
        finally:
            cluster.down()
    print(verdict(given.size, runs))


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"policies: {error}")
    except KeyboardInterrupt:
        sys.exit("policies: interrupted")
