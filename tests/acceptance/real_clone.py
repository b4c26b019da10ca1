"""A clone with a real node, as its users see it."""

import base64
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from tests.acceptance.clone import Clone
from tests.conftest import binaries
from tools.bootstrap.groups import all_groups
from tools.bootstrap.native import NativeGroup
from tools.bootstrap.stamps import load_record
from tools.bootstrap.workplace import Workplace
from tools.node import Node
from tools.paths import ROOT, SLATE

HOST = "bob--vision.slate.localhost"


class RealClone(Clone):
    """A clone that has what images are built from, too, and shares this one's channel and base image."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, binaries())
        for name in ("images", "services"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("tools/toolchain", "requirements"):
            (root / name).symlink_to(ROOT / name)
        (SLATE / "cache").mkdir(exist_ok=True)
        (self.slate / "cache").symlink_to(SLATE / "cache")
        self.variables = {"SLATE_IMAGES": "1"}
        self._take_over_tools()
        self.node = Node(self.slate / "node", binaries(), self.slate / "cluster")

    def _take_over_tools(self) -> None:
        """Tools are remembered with their clone; this one's are the same files and need not be built anew."""
        stamps = self.slate / "stamps"
        stamps.unlink()
        shutil.copytree(SLATE / "stamps", stamps)
        place = Workplace(root=self.root)
        for name, group in all_groups(place).items():
            record = load_record(stamps / f"{name}.json")
            if record.tools and name == "nft":
                record.key = str(self.root)
            elif record.tools and isinstance(group, NativeGroup):
                record.key = group.key(place)
            record.save(stamps / f"{name}.json")

    @property
    def door(self) -> int:
        """The front door's port."""
        return self.node.status().door

    def token(self, name: str, project: str) -> str:
        """A workspace's token."""
        secret = self.get("secret", "workspace-tokens", "--namespace", f"ws-{project}")
        return base64.b64decode(secret["data"][name]).decode()

    def ask(self, path: str, token: str = "") -> tuple[int, bytes]:
        """Asks bob's JupyterLab through the front door; the certificate is checked for his host name."""
        context = ssl.create_default_context(cafile=str(self.node.layout.certificate_authority))
        handler = urllib.request.HTTPSHandler(context=context)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
        headers = {"Authorization": f"token {token}"} if token else {}
        request = urllib.request.Request(f"https://{HOST}:{self.door}{path}", headers=headers)
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def inside(self, *command: str) -> str:
        """Runs a command in bob's workspace."""
        return self.kubectl("exec", "bob-0", "--namespace", "ws-vision", "--", *command)

    def ssh(self, key: Path, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command by SSH, by the configuration that `up` has written."""
        options = ["BatchMode=yes", "StrictHostKeyChecking=no", f"UserKnownHostsFile={key.parent / 'known'}"]
        words = ["ssh", "-F", str(self.node.layout.ssh_config), "-i", str(key)]
        words += [word for option in options for word in ("-o", option)]
        return subprocess.run([*words, HOST, *command], capture_output=True, text=True, check=False, timeout=120)
