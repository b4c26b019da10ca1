"""What a workspace may do and use, as the kernel says it of the processes that run in it."""

import json
from pathlib import Path

import pytest
import yaml

from components.quantity import amount
from tests.acceptance.real_clone import RealClone, is_ready
from tools.node import control_groups
from tools.node.configuration import PIDS

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

# Runs inside: status and name of each process, and what cannot be written or read.
FACTS = """
import json, os, pathlib
processes = {}
for status in pathlib.Path("/proc").glob("[0-9]*/status"):
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    processes[status.parent.name] = {name: " ".join(value.split()) for name, value in fields.items()}
written = []
for folder in ("/", "/etc", "/opt/conda", "/opt/slate", "/usr/bin", "/var/tmp", "/run/slate/token", "/proc/sys/kernel"):
    try:
        path = pathlib.Path(folder, "slate-test")
        path.write_text("")
        path.unlink()
        written.append(folder)
    except OSError:
        pass
print(json.dumps({"processes": processes, "written": written, "secrets": os.path.exists("/var/run/secrets"),
                  "variables": sorted(os.environ)}))
"""
GREEDY = "hoard = []\nwhile True: hoard.append(b'x' * (32 << 20))"


@pytest.fixture(scope="module")
def facts(clone: RealClone) -> dict:
    return json.loads(clone.inside("python", "-c", FACTS, name="carol"))


def test_no_process_is_root_or_can_become_more_than_it_is(facts):
    processes = facts["processes"]

    assert processes["1"]["Name"] == "tini"
    assert {"sshd", "python"} <= {process["Name"][:6] for process in processes.values()}
    for process in processes.values():
        assert process["Uid"] == "1000 1000 1000 1000", process
        assert process["Gid"] == "1000 1000 1000 1000", process
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(process[kind], 16) == 0, process
        assert process["NoNewPrivs"] == "1", process
        assert process["Seccomp"] == "2", process  # a filter


def test_a_workspace_belongs_to_no_group_of_the_system(facts):
    assert {process["Groups"] for process in facts["processes"].values()} <= {"1000", "0 1000", "1000 1000"}


def test_nothing_but_the_home_and_scratch_can_be_written(facts, clone):
    assert facts["written"] == []
    clone.inside(
        "bash", "-c", "touch ~/file /tmp/file /run/user/file /dev/shm/file && rm ~/file /tmp/file", name="carol"
    )


def test_there_is_no_way_to_the_api_server(facts):
    assert facts["secrets"] is False
    # Of all Services Kubernetes tells its own in any case; without a token, and as the network is closed, that is all.
    assert [name for name in facts["variables"] if "SERVICE_HOST" in name] == ["KUBERNETES_SERVICE_HOST"]


def test_system_calls_that_the_filter_denies_fail(clone):
    """Those that lead to most escapes: they fail in here, though the kernel of the machine has them."""
    attempts = "unshare --user true 2>&1; unshare --mount true 2>&1; dmesg 2>&1 | tail -1; true"

    said = clone.inside("bash", "-c", attempts, name="carol")

    assert said.count("Operation not permitted") == 3, said


def test_the_limits_are_those_of_the_profile(clone):
    """Erin's is `large`, carol's `slow`; node pools on a real machine are cut to what it has."""
    settings = yaml.safe_load(clone.config_file().read_text())["config"]
    pool = next(pool for pool in settings["slate:nodePools"] if pool["name"] == "cpu")
    profiles = {profile["name"]: profile for profile in pool["profiles"]}
    for name, project, profile in (("erin", "language", "large"), ("carol", "vision", "slow")):
        wanted = profiles[profile]

        found = limits(clone, name, project)

        assert found == {
            "cpu": amount(str(wanted.get("cpuLimit") or wanted["cpu"])),
            "memory": amount(str(wanted["memory"])),
            "pids": PIDS,
        }


def test_going_over_the_memory_limit_ends_the_kernel_and_nothing_else(clone):
    jupyter, neighbour = clone.jupyter("carol"), clone.jupyter("erin", "language")
    before = clone.pod("carol")["status"]["containerStatuses"][0]
    lab = jupyter.ask("/api/status").json()["started"]
    with jupyter.kernel() as kernel, neighbour.kernel() as other:
        for each in (kernel, other):
            each.run("kept = 42")

        kernel.send(GREEDY)

        # Jupyter starts another process for the kernel, whose channels stay open.
        kernel.wait_until_restarted()
        assert kernel.run("print('kept' in dir())") == "False\n"
        assert other.run("print(kept)") == "42\n"
    assert jupyter.ask("/api/status").json()["started"] == lab
    after = clone.pod("carol")["status"]["containerStatuses"][0]
    assert (after["restartCount"], after["containerID"]) == (before["restartCount"], before["containerID"])
    assert is_ready(clone.pod("carol"))
    assert is_ready(clone.get("node", "slate-node"))


def limits(clone: RealClone, name: str, project: str) -> dict[str, float]:
    """The tightest limit of each kind in the control groups that JupyterLab of a workspace is in."""
    uid = clone.pod(name, project)["metadata"]["uid"]
    pid = next(
        pid
        for pid in control_groups.processes(clone.node.layout.group)
        if f"pod{uid}" in _of_process(pid, "cgroup") and "--config=" in _of_process(pid, "cmdline")
    )
    cpu, memory, pids = [], [], []
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, place = line.split(":", 2)
        top = control_groups.MOUNT / controllers if controllers else control_groups.MOUNT
        for group in [top / place.lstrip("/"), *(top / place.lstrip("/")).parents]:
            if not group.is_relative_to(top):
                break
            cpu += [_share(group)]
            memory += [_number(group / name) for name in ("memory.limit_in_bytes", "memory.max")]
            pids += [_number(group / "pids.max")]
    return {"cpu": min(cpu), "memory": min(memory), "pids": min(pids)}


def _of_process(pid: int, file: str) -> str:
    """A file of a process; empty if it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/{file}").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _number(path: Path) -> float:
    """The limit in a file; none for `max`, for -1, and where there is no such file."""
    text = path.read_text().split()[0] if path.exists() else "max"
    return float("inf") if text in ("max", "-1") else int(text)


def _share(group: Path) -> float:
    """Processors that a group may use."""
    if (group / "cpu.max").exists():
        period = int((group / "cpu.max").read_text().split()[1])
        return _number(group / "cpu.max") / period
    if (group / "cpu.cfs_period_us").exists():
        return _number(group / "cpu.cfs_quota_us") / int((group / "cpu.cfs_period_us").read_text())
    return float("inf")
