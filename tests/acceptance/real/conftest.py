"""One clone on a real node for all files of this folder. Each file leaves it as it found it: running."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.clone import states
from tests.acceptance.real_clone import HOST, RealClone

UP_SECONDS = 1200  # with images, and in a fresh repository with the channel and the base image
REALLY_RUNNING = ("bob", "carol", "erin", "frank")


@pytest.fixture(scope="package")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bob's key for SSH."""
    path = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="package")
def clone(tmp_path_factory: pytest.TempPathFactory, key: Path) -> Iterator[RealClone]:
    """The dev stack, up on a real node with images that were built in it."""
    root = Path(tmp_path_factory.mktemp("real"))
    made = RealClone(root / "slate")
    try:
        made.workspace("vision", "bob")["sshKeys"] = [key.with_suffix(".pub").read_text().strip()]
        # So that the tests of healing and of what measures need not wait longer than the probes do.
        levels = {"remediation": {"minimumAgeSeconds": 5}, "prometheus": {"scrapeInterval": "2s"}}
        made.settings["config"]["slate:serviceLevels"] = levels
        made.write_settings()
        made.first_up = made.run("up", "--cluster", "node", timeout=UP_SECONDS)
        assert states(made.first_up) == dict.fromkeys(("alice", *REALLY_RUNNING), "ready")
        yield made
    finally:
        made.run("reset", "--yes")
        shutil.rmtree(root)


@pytest.fixture(autouse=True)
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers resolve *.localhost by themselves; Python does not everywhere."""
    ask = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **named):
        return ask("127.0.0.1" if str(host).endswith(HOST.partition(".")[2]) else host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
