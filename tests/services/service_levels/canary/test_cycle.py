"""The canary as it runs, with its own account, against a real API server and a simulated pod."""

import signal
import subprocess
import sys

import pytest

from components.service_levels import canary
from tests.services.service_levels.programs import ROOT
from tests.services.service_levels.stage import FAULT
from tests.tools.cluster.support import eventually

pytestmark = pytest.mark.cluster
TEAM, NAME = "slate-canary", "canary"
SETS = f"/apis/apps/v1/namespaces/{TEAM}/statefulsets/{NAME}"


@pytest.fixture(scope="module")
def program(stage):
    """Runs the canary's program."""
    stage.project(name=TEAM, healed=False)
    stage.add(canary.service_account(), canary.role(), canary.role_binding())
    stage.workspace(TEAM, NAME)
    token = stage.token("slate-system", NAME)
    access = ["--server", stage.server, "--token", str(token), "--authority", str(stage.authority)]
    command = [sys.executable, "-m", "services.service_levels", "canary", "--simulated", *access]

    def start(*options: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([*command, *options], cwd=ROOT, stdout=pipe, stderr=pipe, text=True)

    return start


@pytest.fixture(autouse=True)
def mended(stage):
    yield
    template = {"spec": {"template": {"metadata": {"labels": {FAULT: None}}}}}
    stage.kube.patch(SETS, template)


def replicas(stage) -> int:
    return stage.kube.get(SETS)["spec"]["replicas"]


def test_a_round_is_a_start_and_ends_asleep(stage, program):
    before = stage.uid(TEAM, NAME)  # it is awake, as if the last round had been killed

    process = program()
    said, complaint = process.communicate(timeout=300)

    assert process.returncode == 0, complaint
    assert "canary is well: wake" in said
    assert "(simulated)" in said
    assert before is not None
    assert (replicas(stage), stage.pod(TEAM, NAME)) == (0, None)


def test_a_start_that_fails_is_said_and_it_ends_asleep_all_the_same(stage, program):
    stage.kube.patch(SETS, {"spec": {"template": {"metadata": {"labels": {FAULT: "image"}}}}})

    process = program("--start-deadline-seconds", "5")
    complaint = process.communicate(timeout=300)[1]

    assert process.returncode == 1
    assert "canary failed: canary is not ready after 5 s" in complaint
    assert "ImagePullBackOff" in complaint
    assert replicas(stage) == 0


def test_one_that_is_told_to_end_puts_it_to_sleep_first(stage, program):
    stage.kube.patch(SETS, {"spec": {"template": {"metadata": {"labels": {FAULT: "image"}}}}})
    process = program("--start-deadline-seconds", "600")
    eventually("it is awake", lambda: replicas(stage) == 1)

    process.send_signal(signal.SIGTERM)

    complaint = process.communicate(timeout=300)[1]
    assert process.returncode == 130, complaint
    assert replicas(stage) == 0


def test_without_its_files_it_says_what_is_missing():
    command = [sys.executable, "-m", "services.service_levels", "canary", "--server", "http://127.0.0.1:1"]

    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    assert answer.returncode == 2
    assert "--workspace-token and --ssh-key are needed, or --simulated" in answer.stderr
