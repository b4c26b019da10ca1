"""The conda mirror: taking a channel in, finding nothing new, and installing through it against from the files.

Upstream is the fixture channel; the environment is the full one of the dev stack, 110 packages. Both sides of an
installation run in turn, each in a process, a prefix and (cold) a package cache of its own. All is done in the folder
for temporary files: TMPDIR tells which disk is measured.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.errors import MirrorError
from tools import fixture_channel
from tools.bench import measure
from tools.paths import ROOT, SLATE

PLATFORM = "linux-64"
SPECS = ("pip", "numpy", "pandas", "jupyterlab", "ipykernel")
GOALS = {"sync": 2.0, "no-op sync": 0.2, "install, cold cache": 3.0, "install, warm cache": 1.0}
"""Seconds; `sync` is for 100 packages."""
MIRROR = (sys.executable, "-m", "services.conda_mirror")


def say(text: str) -> None:
    """Progress, on standard error, so that the result is alone on standard output."""
    print(text, file=sys.stderr, flush=True)


class Bench:
    """One run, in a folder of its own."""

    def __init__(self, channel: Path, specs: Sequence[str], work: Path) -> None:
        self.source = ChannelSource(fixture_channel.NAME, fixture_channel.URL, channel.as_uri())
        self.work = work
        self.lock = work / "full.lock"
        self.root = work / "mirror"
        records = asyncio.run(rattler.solve([self.source], specs, PLATFORM, cache=work / "repodata"))
        rattler.write_lock(self.lock, {"default": {PLATFORM: records}}, [self.source])
        self.packages = len(records)
        self.size = sum(record.size or 0 for record in records)
        self.configuration = work / "mirror.json"
        described = {"name": self.source.name, "url": self.source.url, "source": self.source.source}
        self.configuration.write_text(json.dumps({"channels": [described], "take": {"locks": [str(self.lock)]}}))
        self.seconds: dict[str, list[float]] = {}

    def run(self, repeats: int) -> None:
        """Measure everything, that many times."""
        for number in range(repeats):
            shutil.rmtree(self.root, ignore_errors=True)
            self._sync("sync", "new snapshot")
            self._sync("no-op sync", "unchanged")
            with self._serving() as base:
                places = {"mirror": f"{base}/latest/{self.source.name}", "files": self.source.origin}
                order = list(places) if number % 2 else list(reversed(places))
                for temperature in ("cold", "warm"):
                    for side in order:
                        self._install(side, temperature, places[side])
            for folder in self.work.glob("prefix-*"):
                shutil.rmtree(folder)
            for folder in self.work.glob("cache-*"):
                shutil.rmtree(folder)
            say(f"round {number + 1} of {repeats}: " + ", ".join(f"{k} {v[-1]:.2f} s" for k, v in self.seconds.items()))

    def _sync(self, what: str, expected: str) -> None:
        command = (*MIRROR, "sync", "--config", str(self.configuration), "--root", str(self.root))
        done = measure.run(command, cwd=ROOT, environment=os.environ)
        if expected not in done.output:
            raise measure.MeasureError(f"{what} should have said `{expected}`: {done.output}")
        self.seconds.setdefault(what, []).append(done.seconds)

    def _install(self, side: str, temperature: str, origin: str) -> None:
        prefix = self.work / f"prefix-{side}-{temperature}"
        command = (
            *(sys.executable, "-m", "tools.bench.mirror_install", "--lock", str(self.lock), "--prefix", str(prefix)),
            *("--cache", str(self.work / f"cache-{side}"), "--from", f"{self.source.canonical}={origin}"),
        )
        done = measure.run(command, cwd=ROOT, environment=os.environ)
        installed = len(list((prefix / "conda-meta").glob("*.json")))
        if installed != self.packages:
            raise measure.MeasureError(f"{installed} packages were installed, not {self.packages}")
        self.seconds.setdefault(f"install from {side}, {temperature} cache", []).append(float(done.output.split()[-1]))

    @contextlib.contextmanager
    def _serving(self) -> Iterator[str]:
        command = [*MIRROR, "serve", "--root", str(self.root), "--port", "0"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                if "serving on " not in line:
                    raise measure.MeasureError("the mirror's server did not start")
                yield line.split("serving on ")[1].strip()
            finally:
                process.terminate()
                process.wait()

    def verdict(self) -> str:
        """The table on standard error; the result as the one line for standard output."""
        medians = {what: statistics.median(values) for what, values in self.seconds.items()}
        best_and_worst = {what: (min(values), max(values)) for what, values in self.seconds.items()}
        say(f"\n{self.packages} packages, {self.size / 1e6:.0f} MB; seconds, median (best … worst)")
        for what, value in medians.items():
            say(f"  {what:34s} {value:6.2f} ({best_and_worst[what][0]:.2f} … {best_and_worst[what][1]:.2f})")
        reached = {
            "sync": medians["sync"],
            "no-op sync": medians["no-op sync"],
            "install, cold cache": medians["install from mirror, cold cache"],
            "install, warm cache": medians["install from mirror, warm cache"],
        }
        goals = {**GOALS, "sync": GOALS["sync"] * max(self.packages, 100) / 100}
        return measure.result(
            "conda mirror: install of the full environment, cold package cache",
            reached["install, cold cache"],
            "s",
            against=medians["install from files, cold cache"],
            goal=", ".join(f"{what} <= {seconds:.1f} s" for what, seconds in goals.items()),
            met=all(reached[what] <= seconds for what, seconds in goals.items()),
            packages=self.packages,
            median_seconds={what: round(value, 3) for what, value in medians.items()},
        )


def _channel(given: Path | None, report: Callable[[str], None]) -> Path:
    return given.resolve() if given else fixture_channel.ensure(SLATE, report).path


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.mirror", description=__doc__)
    parser.add_argument(
        "--channel", type=Path, help="folder of a channel (default: the fixture channel, built if needed)"
    )
    parser.add_argument("--python", default="3.10", help="version of Python in the environment (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds (default %(default)s)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server is stopped and the folder removed then too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as temporary:
        specs = [f"python {given.python}.*", *SPECS]
        bench = Bench(_channel(given.channel, say), specs, Path(temporary))
        bench.run(given.repeats)
        print(bench.verdict())


if __name__ == "__main__":
    code = 0
    try:
        main()
    except (measure.MeasureError, MirrorError, fixture_channel.FixtureChannelError) as error:
        print(f"mirror: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        print("mirror: interrupted", file=sys.stderr)
        code = 130
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # py-rattler's threads may crash an interpreter that is shutting down
