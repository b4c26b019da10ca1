"""One clone on a real node for all files of this folder. Each file leaves it as it found it: running."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.clone import states
from tests.acceptance.real.shared import Place
from tests.acceptance.real_clone import HOST, RealClone
from tests.acceptance.traffic import EGRESS
from tests.tools.observability.support import Prometheus

UP_SECONDS = 1200  # with images, and in a fresh repository with the channel and the base image
REALLY_RUNNING = ("bob", "carol", "erin", "frank")
# Carol's. Her kernels are kept busy for a minute; what they may not use is left to the tests of other processes.
SLOW = {"name": "slow", "cpu": "250m", "cpuLimit": "500m", "memory": "4Gi"}
SOON = {
    "selfHealingMinutes": 3,
    "remediation": {"minimumAgeSeconds": 5},
    "prometheus": {"scrapeInterval": "5s"},
    # Tests run these jobs themselves; by schedule they would be in the way.
    "canary": {"everyMinutes": 60},
    "statusPage": {"schedule": "0 * * * *"},
}


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where the clone is; the same in all processes of a test run."""
    own = tmp_path_factory.getbasetemp()
    return Place((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "real")


@pytest.fixture(scope="package")
def clone(place: Place) -> Iterator[RealClone]:
    """The dev stack, up on a real node with images that were built in it."""
    with place.joined(brought_up) as made:
        yield made


@pytest.fixture(scope="package")
def key(clone: RealClone, place: Place) -> Path:
    """The key for SSH of bob and frank."""
    del clone  # which was made with it
    return place.key


def brought_up(root: Path, key: Path) -> RealClone:
    made = RealClone(root)
    for project, name in (("vision", "bob"), ("language", "frank")):
        made.workspace(project, name)["sshKeys"] = [key.with_suffix(".pub").read_text().strip()]
    made.settings["config"]["slate:nodePools"][0]["profiles"].append(SLOW)
    made.workspace("vision", "carol")["profile"] = SLOW["name"]
    made.project("language")["egress"] = EGRESS
    # So that the tests of healing and of what measures need not wait longer than the probes do.
    made.settings["config"]["slate:serviceLevels"] = SOON
    made.settings["config"]["slate:workspaceDefaults"]["terminationGraceSeconds"] = 10
    made.write_settings()
    made.first_up = made.run("up", "--cluster", "node", timeout=UP_SECONDS)
    assert states(made.first_up) == dict.fromkeys(("alice", *REALLY_RUNNING), "ready")
    return made


@pytest.fixture
def prometheus(clone: RealClone) -> Prometheus:
    """What measures the clone."""
    return Prometheus(clone.watching.status().prometheus)


@pytest.fixture(autouse=True)
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers resolve *.localhost by themselves; Python does not everywhere."""
    ask = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **named):
        return ask("127.0.0.1" if str(host).endswith(HOST.partition(".")[2]) else host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
