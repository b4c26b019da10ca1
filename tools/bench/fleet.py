"""What a fleet costs: no-op preview, no-op up and one more workspace, against the same StatefulSets without Slate.

Both sides run in turn against one control plane of the benchmark's own, with the settings that `make up` uses.
Workspaces are asleep, so that nothing but the deployment is measured.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.bench import fleet_stack, measure
from tools.bootstrap.environment import environment
from tools.cluster import Cluster
from tools.paths import BIN, ROOT, VENV
from tools.stack import options

GOAL_RATIO = 1.2
GOAL_EXTRA_SECONDS = 2.0


def say(text: str) -> None:
    """Progress, on standard error, so that the result is alone on standard output."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Side:
    """One Pulumi project of the comparison."""

    name: str
    folder: Path
    environment: Mapping[str, str]

    def pulumi(self, *arguments: str) -> measure.Measured:
        """Run the CLI in the project."""
        return measure.run([str(BIN / "pulumi"), *arguments], cwd=self.folder, environment=self.environment)

    def preview(self) -> measure.Measured:
        """A preview; it must find nothing to change."""
        return self.pulumi("preview", "--expect-no-changes", "--non-interactive", *options.arguments())

    def up(self, *, unchanged: bool = False) -> measure.Measured:
        """An update, without the preview before it, as `make up` runs it."""
        expect = ["--expect-no-changes"] if unchanged else []
        return self.pulumi("up", "--yes", "--skip-preview", "--non-interactive", *expect, *options.arguments())

    def objects(self) -> list[dict[str, Any]]:
        """The StatefulSets in the state, as they were declared."""
        exported = json.loads(self.pulumi("stack", "export").output)
        resources = exported["deployment"]["resources"]
        return [item["inputs"] for item in resources if item["type"] == "kubernetes:apps/v1:StatefulSet"]

    def state_megabytes(self) -> float:
        """Size of the state file."""
        files = [
            path
            for path in Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://")).rglob("stacks/**/*.json*")
            if not path.name.endswith((".bak", ".attrs"))
        ]
        return max((path.stat().st_size for path in files), default=0) / 1e6


class Comparison:
    """Both sides at one size."""

    def __init__(self, count: int, work: Path, kubeconfig: Path) -> None:
        self.count = count
        base = environment({**os.environ, "PULUMI_CONFIG_PASSPHRASE": "benchmark", "KUBECONFIG": str(kubeconfig)})
        base |= options.variables(base, own_backend=True)
        self.slate = self._side("slate", work, base)
        self.bare = self._side("bare", work, base)
        for entry in ("__main__.py", "components", "policies", "settings"):
            (self.slate.folder / entry).symlink_to(ROOT / entry)
        self.slate.pulumi(*fleet_stack.SET_TOKEN_SECRET)
        shutil.copy(Path(__file__).with_name("bare_program.py"), self.bare.folder / "__main__.py")

    def _side(self, name: str, work: Path, base: Mapping[str, str]) -> Side:
        folder, state = work / f"{name}-{self.count}", work / f"{name}-{self.count}-state"
        folder.mkdir()
        state.mkdir()
        project = {
            "name": "slate" if name == "slate" else "bare",
            "runtime": {"name": "python", "options": {"virtualenv": str(VENV)}},
        }
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        side = Side(name, folder, {**base, "PULUMI_BACKEND_URL": state.as_uri()})
        side.pulumi("stack", "init", "dev")
        return side

    def declare(self, count: int) -> None:
        """Write the settings of Slate's side."""
        path = self.slate.folder / "Pulumi.dev.yaml"
        content = yaml.safe_load(path.read_text())
        content["config"] = fleet_stack.settings(count) | {
            fleet_stack.TOKEN_SECRET: content["config"][fleet_stack.TOKEN_SECRET]
        }
        path.write_text(yaml.safe_dump(content))

    def copy_to_bare(self, objects: Sequence[Mapping[str, Any]]) -> None:
        """Write Slate's StatefulSets as the bare side's, in namespaces of its own."""
        text = json.dumps([_renamed(item) for item in objects])
        (self.bare.folder / "objects.json").write_text(text)

    def run(self, repeats: int) -> dict[str, Any]:
        """Create both, then measure them in turn."""
        say(f"{self.count} workspaces: creating both sides")
        self.declare(self.count)
        created = {"slate": self.slate.up()}
        self.copy_to_bare(self.slate.objects())
        created["bare"] = self.bare.up()
        runs: dict[str, dict[str, list[measure.Measured]]] = {
            kind: {"slate": [], "bare": []} for kind in ("preview", "up", "one_more")
        }
        for turn in range(repeats):
            for side in (self.slate, self.bare):
                runs["preview"][side.name].append(side.preview())
                runs["up"][side.name].append(side.up(unchanged=True))
            self.declare(self.count + turn + 1)
            runs["one_more"]["slate"].append(self.slate.up())
            self.copy_to_bare(self.slate.objects())
            runs["one_more"]["bare"].append(self.bare.up())
            say(f"{self.count} workspaces: {turn + 1} of {repeats} rounds; " + _line(runs, -1))
        return {
            "workspaces": self.count,
            "create_seconds": {name: round(found.seconds, 1) for name, found in created.items()},
            **{kind: {name: _summary(found) for name, found in both.items()} for kind, both in runs.items()},
            "state_megabytes": {side.name: round(side.state_megabytes(), 2) for side in (self.slate, self.bare)},
        }

    def destroy(self) -> None:
        """Empty the cluster for the next size."""
        for side in (self.bare, self.slate):
            side.pulumi("destroy", "--yes", "--skip-preview", "--non-interactive", *options.arguments())


def _renamed(item: Mapping[str, Any]) -> dict[str, Any]:
    plain = json.loads(json.dumps(item))
    plain["metadata"]["namespace"] = f"bare-{plain['metadata']['namespace']}"  # no namespace that admission guards
    return {"metadata": plain["metadata"], "spec": plain["spec"]}


def _summary(runs: Sequence[measure.Measured]) -> dict[str, Any]:
    roles = sorted({role for found in runs for role in found.peak_megabytes})
    return {
        "seconds": round(statistics.median(found.seconds for found in runs), 2),
        "megabytes": {role: round(max(found.peak_megabytes.get(role, 0) for found in runs)) for role in roles},
    }


def _line(runs: Mapping[str, Mapping[str, Sequence[measure.Measured]]], turn: int) -> str:
    return ", ".join(
        f"{kind} {both['slate'][turn].seconds:.1f} s / {both['bare'][turn].seconds:.1f} s"
        for kind, both in runs.items()
    )


def verdict(found: Sequence[Mapping[str, Any]]) -> str:
    """The result line: no-op up at the largest size, against the bare program."""
    largest, smallest = found[-1], found[0]
    slate, bare = (largest["up"][name]["seconds"] for name in ("slate", "bare"))
    extra = {
        entry["workspaces"]: round(entry["one_more"]["slate"]["seconds"] - entry["up"]["slate"]["seconds"], 2)
        for entry in (smallest, largest)
    }
    spread = abs(extra[largest["workspaces"]] - extra[smallest["workspaces"]])
    ratio_met = slate <= GOAL_RATIO * bare and largest["preview"]["slate"]["seconds"] <= (
        GOAL_RATIO * largest["preview"]["bare"]["seconds"]
    )
    return measure.result(
        "fleet",
        slate,
        "s",
        against=bare,
        goal=f"no-op preview and up <= {GOAL_RATIO} x bare at {largest['workspaces']}; "
        f"one more workspace beyond the no-op within {GOAL_EXTRA_SECONDS} s at all sizes",
        met=ratio_met and spread <= GOAL_EXTRA_SECONDS,
        preview_ratio=round(largest["preview"]["slate"]["seconds"] / largest["preview"]["bare"]["seconds"], 3),
        one_more_beyond_no_op_seconds=extra,
        stages=found,
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.fleet", description=__doc__)
    parser.add_argument("--sizes", default="10,100,1000", help="numbers of workspaces, ascending (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds at each size (default %(default)s)")
    given = parser.parse_args()
    try:
        sizes = [int(size) for size in given.sizes.split(",")]
    except ValueError:
        parser.error(f"--sizes: {given.sizes!r} is not a list of numbers such as 10,100")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the cluster is stopped and the folder removed then too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    found = []
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as temporary:
        work = Path(temporary)
        cluster = Cluster(work / secrets.token_hex(2), BIN)
        cluster.up(say)
        try:
            for size in sizes:
                comparison = Comparison(size, work, cluster.kubeconfig)
                found.append(comparison.run(given.repeats))
                if size != sizes[-1]:  # the cluster goes with the last one
                    comparison.destroy()
        finally:
            cluster.down()
    print(verdict(found))


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"fleet: {error}")
    except KeyboardInterrupt:
        sys.exit("fleet: interrupted")
