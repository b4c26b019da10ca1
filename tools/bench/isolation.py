"""Two users on one node: one burns all that their limits allow, the other's JupyterLab is asked for pages meanwhile.

A look is what a browser asks for when JupyterLab is opened, one after the other over one connection through the front
door: page, files, sessions, terminals. Looks of an idle node and of a burning neighbour alternate. Needs root on Linux.
"""

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench import measure
from tools.bench.fleet import say
from tools.bench.real_workspaces import NAMESPACE, Door, Workspaces, check_machine, load, running, wait

USER, NEIGHBOUR = "one", "two"
PAGES = ("/lab", "/api/contents?content=1", "/api/sessions", "/api/terminals")
PAUSE_SECONDS = 0.1
GOAL_RATIO = 2.0
MARK = "burn-all-there-is"
MARGIN = 96 << 20
"""Bytes below the memory limit: above it the kernel would end the burner, and that is another test."""

# Takes memory up to its limit and goes on writing to all of it, with two busy processes for each processor.
BURNER = """
import os, sys
limit, margin = int(sys.argv[2]), int(sys.argv[3])
files = ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory.current")
usage = next(file for file in files if os.path.exists(file))
for _ in range(2 * os.cpu_count()):
    if not os.fork():
        while True:
            pass
blocks = []
while int(open(usage).read()) < limit - margin:
    blocks.append(bytearray(b"x") * (16 << 20))
print("full", flush=True)
while True:
    for block in blocks:
        block[:: 4096] = b"y" * len(block[:: 4096])
"""


@dataclass(frozen=True)
class Burned:
    """What a burner used while it was watched."""

    cores: float
    megabytes: float


class Burner:
    """Something in a workspace that burns all it gets."""

    def __init__(self, workspaces: Workspaces, name: str) -> None:
        self._workspaces, self._name = workspaces, name

    @contextlib.contextmanager
    def burning(self) -> Iterator[None]:
        """Burn; the block begins once the memory is full.

        Raises:
            measure.MeasureError: It ended before.
        """
        clone = self._workspaces.clone
        pod = self._workspaces.pod(self._name)
        limit = quantity(pod.spec.containers[0].resources.limits["memory"])
        command = [
            *(str(clone.tools / "kubectl"), f"--kubeconfig={clone.root / '.slate/cluster/kubeconfig'}", "exec"),
            *(f"--namespace={NAMESPACE}", f"{self._name}-0", "--", "python", "-I", "-c", BURNER),
            *(MARK, str(limit), str(MARGIN)),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                said = process.stdout.readline() if process.stdout else ""
                if said.strip() != "full":
                    raise measure.MeasureError(f"the burner did not burn: {said}")
                yield
            finally:
                for pid in self._processes():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                process.terminate()
        wait(lambda: not self._processes(), "the burner to end")

    def used(self) -> tuple[float, float]:
        """Processor seconds that it has used, and its memory in megabytes."""
        ticks, kilobytes = 0, 0
        for pid in self._processes():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    # What its copies share with it is counted once.
                    kilobytes += int(line.split()[1]) if line.startswith("RssAnon:") else 0
        return ticks / os.sysconf("SC_CLK_TCK"), kilobytes / 1024

    def _processes(self) -> list[int]:
        return [pid for pid, line in self._workspaces.processes(self._name).items() if MARK in line]


def quantity(text: str) -> int:
    """Bytes of a quantity of memory as the cluster writes it."""
    for suffix, factor in (("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40)):
        if text.endswith(suffix):
            return int(float(text.removesuffix(suffix)) * factor)
    return int(text)


def look(door: Door) -> float:
    """Ask for all pages; returns the seconds that took.

    Raises:
        measure.MeasureError: A page does not come.
    """
    began = time.monotonic()
    for page in PAGES:
        try:
            status, _ = door.get(page, seconds=60)
        except OSError as error:
            raise measure.MeasureError(str(error)) from error
        if status != 200:
            raise measure.MeasureError(f"{page} was answered with {status}")
    return time.monotonic() - began


def looks(door: Door, count: int) -> list[float]:
    """Look several times, with a pause between two."""
    found = []
    for _ in range(count):
        found.append(look(door))
        time.sleep(PAUSE_SECONDS)
    return found


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def verdict(idle: Sequence[float], burning: Sequence[float], burned: Sequence[Burned], loads: float) -> str:
    """The result line.

    Args:
        idle: Seconds of each look while the neighbour does nothing.
        burning: Seconds of each look while it burns.
        burned: What it used meanwhile, of each round.
        loads: The machine's load before anything burned.
    """
    value, against = statistics.median(burning) * 1000, statistics.median(idle) * 1000
    cores = statistics.fmean(found.cores for found in burned)
    return measure.result(
        "isolation",
        value,
        "ms",
        against=against,
        goal=f"median of a look <= {GOAL_RATIO:g} x that beside an idle neighbour, while the other burns half the"
        " processors or more",
        met=value <= GOAL_RATIO * against and cores >= (os.cpu_count() or 1) / 2,
        looks=len(burning),
        milliseconds={
            name: {"median": round(statistics.median(found) * 1000, 1), "p95": round(percentile(found, 95) * 1000, 1)}
            for name, found in (("idle", idle), ("burning", burning))
        },
        ratio_p95=round(percentile(burning, 95) / percentile(idle, 95), 3),
        burned_cores=round(cores, 2),
        burned_megabytes=round(statistics.fmean(found.megabytes for found in burned)),
        processors=os.cpu_count(),
        load=loads,
    )


def run(workspaces: Workspaces, rounds: int, count: int) -> str:
    """Measure idle and burning in turn.

    Raises:
        measure.MeasureError: A page does not come, or the burner does not burn.
    """
    door, burner = workspaces.door(USER), Burner(workspaces, NEIGHBOUR)
    looks(door, 5)  # the first ones load what later ones have
    beside = load()
    idle: list[float] = []
    burning: list[float] = []
    burned: list[Burned] = []
    for turn in range(rounds):
        idle += looks(door, count)
        with burner.burning():
            began, (before, _) = time.monotonic(), burner.used()
            burning += looks(door, count)
            after, megabytes = burner.used()
            burned.append(Burned((after - before) / (time.monotonic() - began), megabytes))
        say(
            f"round {turn + 1} of {rounds}: a look takes {statistics.median(idle[-count:]) * 1000:.1f} ms, beside a"
            f" neighbour with {burned[-1].cores:.1f} processors and {burned[-1].megabytes:.0f} MB"
            f" {statistics.median(burning[-count:]) * 1000:.1f} ms"
        )
    door.close()
    return verdict(idle, burning, burned, beside)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.isolation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of both (default %(default)s)")
    parser.add_argument("--looks", type=int, default=100, help="in each half of a round (default %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the clone there, for the next benchmark")
    given = parser.parse_args()
    check_machine("isolation")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with running([USER, NEIGHBOUR], given.keep) as workspaces:
        line = run(workspaces, given.rounds, given.looks)
    print(line)


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"isolation: {error}")
    except KeyboardInterrupt:
        sys.exit("isolation: interrupted")
