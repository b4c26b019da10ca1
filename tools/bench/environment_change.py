"""From one changed line in an environment to the workspaces' new image, against a plain Dockerfile.

One side adds a package to an environment file and runs `make up`: lock, mirror, image, push, StatefulSets. The other
solves and installs the same packages with the same installer in one step of a Dockerfile, without lock files, layers
or caches, from the same mirror, with the same builder, and pushes the result; it declares nothing. Both start from a
stack that is up. Needs root on Linux.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import sys
import tempfile
from pathlib import Path

import yaml

from tools.bench import clone, measure
from tools.bench.fleet import say
from tools.bootstrap.environment import pulumi_environ
from tools.bootstrap.workplace import Workplace
from tools.stack import options

ENVIRONMENT = "default"
EXTRA = ("aiohttp", "msgpack-python", "zstandard")
"""Packages that the environment does not have yet; one is added in each round."""
GOAL_SECONDS, GOAL_RATIO = 20.0, 3.0
PLAIN = Path(__file__).with_name("plain_image")


class Clone(clone.Clone):
    """A clone whose environment can be changed."""

    def add_package(self, name: str) -> None:
        """Add one line to the environment."""
        path = self.root / f"images/workspace/environments/{ENVIRONMENT}.yml"
        text = path.read_text()
        first = re.search(r"^dependencies:\n(\s*)- ", text, re.MULTILINE)
        if first is None:
            raise measure.MeasureError(f"{path}: no dependencies to add to")
        at = first.end() - len(f"{first[1]}- ")
        path.write_text(f"{text[:at]}{first[1]}- {name}\n{text[at:]}")

    def packages(self) -> list[str]:
        """All packages of the image, as its environment and the layers below ask for them."""
        layers = yaml.safe_load((self.root / "images/workspace/layers.yml").read_text())
        own = yaml.safe_load((self.root / f"images/workspace/environments/{ENVIRONMENT}.yml").read_text())
        python = str((own.get("slate") or {}).get("python", "3.10"))
        wanted = [*layers["base"], *layers["common"], *own["dependencies"]]
        return [f"python {python}.*", *(item for item in wanted if str(item).split()[0] != "python")]

    def images(self) -> set[str]:
        """The images of all workspaces, by their StatefulSets."""
        found = self.kubectl("get", "statefulsets", "--all-namespaces", "--output", "json")
        items = json.loads(found)["items"]
        return {item["spec"]["template"]["spec"]["containers"][0]["image"] for item in items}


class Plain:
    """The other side: a Pulumi program with one image."""

    def __init__(self, folder: Path, clone: Clone) -> None:
        self.folder, self.clone = folder, clone
        self.context, state = folder / "context", folder / "state"
        self.context.mkdir(parents=True)
        state.mkdir()
        shutil.copy(PLAIN / "program.py", folder / "__main__.py")
        project = {
            "name": "plain",
            "runtime": {"name": "python", "options": {"virtualenv": str(clone.root / ".slate/venv")}},
        }
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        given, local = clone.configuration, clone.root / ".slate/local/docker"
        place = Workplace(clone.root, {**os.environ, "PULUMI_CONFIG_PASSPHRASE": "benchmark"})
        base = pulumi_environ(place)
        base |= options.variables(base, own_backend=True)
        self.environment = base | {
            "PULUMI_BACKEND_URL": state.as_uri(),
            "DOCKER_CONFIG": str(local),
            "BENCH_BUILDER": given["slate:images"]["builderName"],
            "BENCH_CONTEXT": str(self.context),
            "BENCH_DEBIAN": given["slate:images"]["debian"],
            "BENCH_MIRROR": given["slate:conda"]["mirrorUrl"].rstrip("/") + "/latest",
            "BENCH_TAG": f"{given['slate:registry']['host']}/bench/plain:latest",
        }
        self._pulumi("stack", "init", "bench")

    def build(self) -> measure.Measured:
        """Build and push what the clone's environment asks for now."""
        below = next((self.clone.root / ".slate/images").glob("base-py310-*"))
        for name in ("bootstrap.sh", "layer.explicit.txt", "layer.channels.txt"):
            shutil.copy(below / name, self.context / name)
        for name in ("Dockerfile", "solve_and_install.py"):
            shutil.copy(PLAIN / name, self.context / name)
        channels = [line.split()[0] for line in (below / "layer.channels.txt").read_text().splitlines()]
        (self.context / "specs.json").write_text(json.dumps({"channels": channels, "specs": self.clone.packages()}))
        done = self._pulumi("up", "--yes", "--skip-preview", "--non-interactive")
        reference = self._pulumi("stack", "output", "ref").output.strip()
        if "@sha256:" not in reference:
            raise measure.MeasureError(f"the plain image was not pushed: {reference}")
        return done

    def _pulumi(self, *arguments: str) -> measure.Measured:
        return measure.run(
            [str(self.clone.tools / "pulumi"), *arguments], cwd=self.folder, environment=self.environment
        )


def stages(output: str) -> dict[str, float]:
    """Seconds of each phase, from the line that `make up` ends with."""
    line = next((line for line in output.splitlines() if line.startswith("Time: ")), "")
    found = {}
    for part in line.removeprefix("Time: ").split(";")[0].split(", "):
        match = re.fullmatch(r"(.+?) (?:(\d+) min )?([\d.]+) s", part)
        if match:
            found[match[1]] = 60 * int(match[2] or 0) + float(match[3])
    return found


def run(work: Path, rounds: int) -> str:
    """Bring a stack up, then measure both sides in turn.

    Raises:
        measure.MeasureError: A command failed, or the workspaces did not get the new image.
    """
    clone = Clone(work / "slate")
    try:
        say(f"first `make up` of a clone: {clone.make('up').seconds:.1f} s")
        unchanged = clone.make("up")
        say(f"without changes: {unchanged.seconds:.1f} s")
        plain = Plain(work / "plain", clone)
        ours: list[measure.Measured] = []
        theirs: list[measure.Measured] = []
        for name in EXTRA[:rounds]:
            before = clone.images()
            clone.add_package(name)
            ours.append(clone.make("up"))
            if clone.images() == before:
                raise measure.MeasureError(f"adding {name} changed no workspace's image:\n{ours[-1].output[-3000:]}")
            say(f"+ {name}: {ours[-1].seconds:.1f} s ({json.dumps(stages(ours[-1].output))})")
            theirs.append(plain.build())
            say(f"+ {name}, plain Dockerfile: {theirs[-1].seconds:.1f} s")
    finally:
        with contextlib.suppress(measure.MeasureError):
            clone.make("down")
    value, against = (statistics.median(found.seconds for found in side) for side in (ours, theirs))
    return measure.result(
        "environment-change",
        value,
        "s",
        against=against,
        goal=f"<= {GOAL_SECONDS:g} s and >= {GOAL_RATIO:g} x faster than a plain Dockerfile",
        met=value <= GOAL_SECONDS and against >= GOAL_RATIO * value,
        unchanged_seconds=round(unchanged.seconds, 2),
        rounds=len(ours),
        stages=stages(ours[-1].output),
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.environment_change", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, choices=range(1, len(EXTRA) + 1), help="default %(default)s")
    given = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("environment-change: images are built by root on Linux alone; run it as root")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as temporary:
        print(run(Path(temporary), given.rounds))


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"environment-change: {error}")
    except KeyboardInterrupt:
        sys.exit("environment-change: interrupted")
