"""A clone with a real node, as its users see it."""

import base64
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.clone import Clone, eventually
from tests.acceptance.jupyter import Jupyter
from tests.conftest import binaries
from tools.node import Node
from tools.observability import Observability
from tools.paths import ROOT

DOMAIN = "slate.localhost"
HOST = f"bob--vision.{DOMAIN}"


class RealClone(Clone):
    """A clone that has what images are built from, too, and shares this one's channel and base image."""

    first_up = ""
    """What the command said that brought it up."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, binaries())
        self.variables = {"SLATE_IMAGES": "1", "SLATE_OBSERVABILITY": "1"}
        self.node = Node(self.slate / "node", binaries(), self.slate / "cluster")
        self.watching = Observability(self.slate / "observability", self.slate / "bin", self.slate / "cluster")

    def make(self) -> None:
        """Copy the program, with what tools are built from, which other clones leave out."""
        super().make()
        for name in ("tools/toolchain", "requirements"):
            if not (self.root / name).exists():
                (self.root / name).symlink_to(ROOT / name)
        # One chain of images is enough here; tests/acceptance/test_images.py builds the other one, too.
        (self.root / "images" / "workspace" / "environments" / "python312.yml").unlink()

    @property
    def door(self) -> int:
        """The front door's port."""
        return self.node.status().door

    def token(self, name: str, project: str) -> str:
        """A workspace's token."""
        secret = self.get("secret", "workspace-tokens", "--namespace", f"ws-{project}")
        return base64.b64decode(secret["data"][name]).decode()

    def jupyter(self, name: str = "bob", project: str = "vision", token: str | None = None) -> Jupyter:
        """A workspace's Jupyter server through the front door; with its own token unless another one is given."""
        known = self.token(name, project) if token is None else token
        host = f"{name}--{project}.{DOMAIN}:{self.door}"
        return Jupyter(host, self.node.layout.certificate_authority, known)

    def inside(self, *command: str, name: str = "bob", project: str = "vision") -> str:
        """Runs a command in a workspace."""
        return self.kubectl("exec", f"{name}-0", "--namespace", f"ws-{project}", "--", *command)

    def pod(self, name: str = "bob", project: str = "vision") -> dict[str, Any]:
        """A workspace's pod; empty if there is none just now."""
        pods = self.get("pods", "--namespace", f"ws-{project}")["items"]
        return next((pod for pod in pods if pod["metadata"]["name"] == f"{name}-0"), {})

    def restart(self, name: str = "bob", project: str = "vision") -> None:
        """Deletes a workspace's pod, and waits until there is another one that is ready."""
        before = self.pod(name, project)["metadata"]["uid"]
        self.kubectl("delete", "pod", f"{name}-0", "--namespace", f"ws-{project}", "--wait=false")

        def again() -> bool:
            pod = self.pod(name, project)
            return bool(pod) and pod["metadata"]["uid"] != before and is_ready(pod)

        eventually(again, f"{project}/{name} is there again", 240)

    def run_job(self, cron_job: str) -> str:
        """Runs a CronJob of the platform once, now; returns what its pod said.

        Raises:
            AssertionError: It failed.
        """
        name, system = f"{cron_job}-now", "--namespace=slate-system"
        self.kubectl("create", "job", name, f"--from=cronjob/{cron_job}", system)

        def ended() -> bool:
            status = self.get("job", name, system)["status"]
            return bool(status.get("succeeded") or status.get("failed"))

        eventually(ended, f"{cron_job} has ended", 420)
        said = self.kubectl("logs", f"job/{name}", system, "--all-containers")
        assert self.get("job", name, system)["status"].get("succeeded") == 1, said
        self.kubectl("delete", "job", name, system)
        return said

    def ssh_options(self, key: Path) -> list[str]:
        """Options of OpenSSH's programs, for the configuration that `up` has written."""
        options = ["BatchMode=yes", "StrictHostKeyChecking=no", "LogLevel=ERROR", "IdentitiesOnly=yes"]
        # Tests empty homes, and with them host keys; where a known key has changed, OpenSSH forwards nothing.
        options.append("UserKnownHostsFile=/dev/null")
        words = ["-F", str(self.node.layout.ssh_config), "-i", str(key)]
        return [*words, *(word for option in options for word in ("-o", option))]

    def ssh(
        self, key: Path, *command: str, options: Sequence[str] = (), host: str = HOST
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command by SSH in a workspace."""
        words = ["ssh", *self.ssh_options(key), *options, host, *command]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    def on_node(self, *command: str) -> str:
        """Runs a command inside the node."""
        directory = f"--directory={self.node.layout.directory}"
        answer = subprocess.run(
            [sys.executable, "-m", "tools.node", "run", directory, "--", *command],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout


@dataclass(frozen=True)
class Space:
    """One workspace of a clone.

    Attributes:
        key: Its user's key for SSH.
    """

    clone: RealClone
    name: str
    project: str
    key: Path

    def inside(self, *command: str) -> str:
        """Runs a command in it."""
        return self.clone.inside(*command, name=self.name, project=self.project)

    def ssh(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in it by SSH."""
        return self.clone.ssh(self.key, command, host=f"{self.name}--{self.project}.{DOMAIN}")

    def jupyter(self) -> Jupyter:
        """Its Jupyter server."""
        return self.clone.jupyter(self.name, self.project)

    def pod(self) -> dict[str, Any]:
        """Its pod."""
        return self.clone.pod(self.name, self.project)

    def restart(self) -> None:
        """Deletes its pod, and waits until there is another one that is ready."""
        self.clone.restart(self.name, self.project)

    def log(self) -> str:
        """What its pod has logged."""
        return self.clone.kubectl("logs", f"{self.name}-0", "--namespace", f"ws-{self.project}")


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether a pod is ready."""
    conditions = pod["status"].get("conditions", ())
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
