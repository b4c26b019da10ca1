"""From a pod that is created to JupyterLab's page, on a node that has the image, against a start without any container.

Each round wakes a sleeping workspace and starts JupyterLab on the machine itself, from the same files: as it is
installed (`stock`, what the goal is about), and as a workspace starts it (`same`). The page is asked for through the
front door, as a browser does. Needs root on Linux.
"""

import argparse
import json
import signal
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.bench import measure, pod_marks
from tools.bench.fleet import say
from tools.bench.real_workspaces import NAMESPACE, Workspaces, check_machine, load, running, wait
from tools.node.layout import RUNTIME_SOCKET

NAME = "one"
GOAL_SECONDS, GOAL_RATIO = 4.0, 1.5
PAUSE = 0.02


def layers(workspaces: Workspaces, container: str) -> str:
    """The folders of a container's image, topmost first, with colons, as overlay file systems take them.

    Raises:
        measure.MeasureError: containerd does not say.
    """
    ctr = [str(workspaces.clone.tools / "ctr"), f"--address={RUNTIME_SOCKET}", "--namespace=k8s.io"]
    command = workspaces.inside_node(*ctr, "snapshots", "mounts", "/mnt", container)
    said = measure.run(command, cwd=workspaces.clone.root, environment=workspaces.environment).output
    return lower_folders(said)


def lower_folders(said: str) -> str:
    """The option `lowerdir` of a mount command.

    Raises:
        measure.MeasureError: There is none.
    """
    for word in said.replace(",", " ").split():
        if word.startswith("lowerdir="):
            return word.removeprefix("lowerdir=")
    raise measure.MeasureError(f"not an overlay file system: {said.strip()}")


def start_bare(workspaces: Workspaces, folders: str, how: str) -> dict[str, float]:
    """Start JupyterLab without a container; see `tools.bench.bare_start`.

    Raises:
        measure.MeasureError: It does not start.
    """
    inner = [sys.executable, "-m", "tools.bench.bare_start", f"--layers={folders}", f"--start={how}"]
    command = [sys.executable, "-m", "tools.local.fence", "--", *inner]
    said = measure.run(command, cwd=workspaces.clone.root, environment=workspaces.environment).output
    return json.loads(said.splitlines()[-1])


def start_pod(workspaces: Workspaces) -> dict[str, float]:
    """Wake the workspace and measure; it sleeps again at the end.

    Returns:
        Seconds of each stage, their sum `total`, and `ready`: until the cluster takes it for ready.

    Raises:
        measure.MeasureError: It does not come.
    """
    door = workspaces.door(NAME)
    watch = pod_marks.Watch(workspaces.core, NAMESPACE, f"{NAME}-0")
    watch.start()
    workspaces.scale(NAME, 1)
    wait(door.usable, f"{NAME}'s page", pause=PAUSE)
    answered = time.time()
    door.close()
    wait(lambda: "ready" in watch.marks, f"{NAME} to be ready")
    watch.join()
    log = workspaces.node.layout.log("containerd").read_text(errors="replace")
    runtime = pod_marks.runtime_marks(log.splitlines(), watch.uid)
    try:
        found = pod_marks.stages(watch.marks["created"], watch.marks["scheduled"], runtime, answered)
    except KeyError as error:
        raise measure.MeasureError(f"containerd's log says nothing of {error} for pod {watch.uid}") from None
    workspaces.put_to_sleep(NAME)
    created = watch.marks["created"]
    return {**found, "total": answered - created, "ready": watch.marks["ready"] - created}


def verdict(
    pods: Sequence[Mapping[str, float]], bare: Mapping[str, Sequence[Mapping[str, float]]], loads: float
) -> str:
    """The result line.

    Args:
        pods: Of each round, see `start_pod`.
        bare: The starts without a container, `stock` and `same`, see `start_bare`.
        loads: The machine's load at the end.
    """
    totals = [found["total"] for found in pods]
    mean = {how: statistics.fmean(found["seconds"] for found in runs) for how, runs in bare.items()}
    value = statistics.fmean(totals)
    return measure.result(
        "cold-start",
        value,
        "s",
        against=mean["stock"],
        goal=f"mean <= {GOAL_SECONDS:g} s and <= {GOAL_RATIO:g} x JupyterLab as installed, started without a container",
        met=value <= GOAL_SECONDS and value <= GOAL_RATIO * mean["stock"],
        starts=len(pods),
        median=round(statistics.median(totals), 3),
        slowest=round(max(totals), 3),
        until_ready=round(statistics.fmean(found["ready"] for found in pods), 3),
        stages={name: round(statistics.fmean(found[name] for found in pods), 3) for name in pod_marks.STAGES},
        against_same_process=round(mean["same"], 3),
        ratio_same_process=round(value / mean["same"], 3),
        bare_processor_seconds={
            how: round(statistics.fmean(found["processor_seconds"] for found in runs), 2) for how, runs in bare.items()
        },
        load=loads,
    )


def run(workspaces: Workspaces, starts: int) -> str:
    """Measure both sides in turn.

    Raises:
        measure.MeasureError: Something does not start.
    """
    pod = workspaces.pod(NAME)
    folders = layers(workspaces, pod.status.container_statuses[0].container_id.rpartition("/")[2])
    workspaces.put_to_sleep(NAME)
    pods: list[dict[str, float]] = []
    bare: dict[str, list[dict[str, float]]] = {"stock": [], "same": []}
    for turn in range(starts):
        pods.append(start_pod(workspaces))
        for how, runs in bare.items():
            runs.append(start_bare(workspaces, folders, how))
        found = ", ".join(f"{name} {pods[-1][name]:.2f}" for name in pod_marks.STAGES)
        say(
            f"start {turn + 1} of {starts}: {pods[-1]['total']:.2f} s ({found}); bare"
            f" {bare['stock'][-1]['seconds']:.2f} s, the same process {bare['same'][-1]['seconds']:.2f} s"
        )
    return verdict(pods, bare, load())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.cold_start", description=__doc__)
    parser.add_argument("--starts", type=int, default=20, help="how many (default %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the clone there, for the next benchmark")
    given = parser.parse_args()
    check_machine("cold-start")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with running([NAME], given.keep) as workspaces:
        line = run(workspaces, given.starts)
    print(line)


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"cold-start: {error}")
    except KeyboardInterrupt:
        sys.exit("cold-start: interrupted")
