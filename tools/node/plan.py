"""What the supervisor of a real node is to run."""

import dataclasses
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.files import read_json, write_atomically
from tools.node import configuration, front_door, images
from tools.node.layout import Layout
from tools.node.network import Addresses
from tools.node.programs import BINARIES, Program, programs
from tools.paths import ROOT


@dataclass(frozen=True)
class Plan:
    """The plan.

    Attributes:
        binaries: Directory with the programs.
        cluster: The control plane's directory.
        ports: Ports of the machine's 127.0.0.1 that the node reaches; the first is the API server's.
        registries: Registries that are asked without TLS.
        index: Which addresses the node has.
        domain: The domain of workspaces; empty: there is no front door.
        door: Port of the front door; 0: there is none.
        fingerprint: Changes when programs, command lines or configuration change.
    """

    binaries: Path
    cluster: Path
    ports: tuple[int, ...]
    registries: tuple[str, ...]
    index: int
    domain: str = ""
    door: int = 0
    fingerprint: str = ""

    @property
    def addresses(self) -> Addresses:
        """The node's addresses."""
        return Addresses(self.index)

    @property
    def pki(self) -> Path:
        """The control plane's certificates."""
        return self.cluster / "pki"

    def programs(self, layout: Layout) -> dict[str, Program]:
        """Returns what is run, by name."""
        return programs(
            layout, self.addresses, self.binaries, ROOT, cluster=self.cluster, ports=self.ports, door=self.door
        )

    def images(self, layout: Layout) -> dict[str, images.OwnImage]:
        """Returns the images that the node brings itself, by program; packs them if they are not there."""
        return {name: images.build(self.binaries / name, layout.images) for name in ("pause", "coredns")}

    def with_fingerprint(self, layout: Layout) -> "Plan":
        """Returns the plan with its fingerprint."""
        bare = dataclasses.replace(self, fingerprint="")
        return dataclasses.replace(bare, fingerprint=_fingerprint(bare, layout))

    def write(self, layout: Layout) -> None:
        """Writes the plan, and what the programs read."""
        for path, text in self._files(layout).items():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, text)
        value = {
            "binaries": str(self.binaries),
            "cluster": str(self.cluster),
            "ports": self.ports,
            "registries": self.registries,
            "index": self.index,
            "domain": self.domain,
            "door": self.door,
            "fingerprint": self.fingerprint,
        }
        write_atomically(layout.plan, json.dumps(value, indent=2) + "\n")

    @classmethod
    def read(cls, layout: Layout) -> "Plan | None":
        """Returns the plan of the last start, or None if there is none that can be used."""
        value = read_json(layout.plan)
        try:
            return cls(
                Path(value["binaries"]),
                Path(value["cluster"]),
                tuple(int(port) for port in value["ports"]),
                tuple(str(host) for host in value["registries"]),
                int(value["index"]),
                str(value["domain"]),
                int(value["door"]),
                str(value["fingerprint"]),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def _files(self, layout: Layout) -> dict[Path, str]:
        found = configuration.files(
            layout,
            self.addresses,
            self.binaries,
            self.pki / "cluster-authority.crt",
            pause=self.images(layout)["pause"].reference,
            registries=self.registries,
        )
        if not self.door:
            return found
        connect = f"env PYTHONPATH={ROOT} {sys.executable} -m tools.node connect --directory={layout.directory}"
        return found | {
            layout.caddyfile: front_door.caddyfile(self.addresses, self.domain, self.door),
            layout.ssh_config: front_door.ssh_config(self.domain, connect),
        }


def _fingerprint(plan: Plan, layout: Layout) -> str:
    found: list[list[object]] = []
    for name in BINARIES:
        try:
            stat = (plan.binaries / name).stat()
            found.append([name, stat.st_size, stat.st_mtime_ns])
        except OSError:
            found.append([name])
    commands = [[program.component.command, dict(program.variables)] for program in plan.programs(layout).values()]
    files = {str(path): text for path, text in plan._files(layout).items()}
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in _programs_of_ours()]
    # A control plane that was made anew knows nothing of this node.
    authority = plan.pki / "cluster-authority.crt"
    known = authority.read_text(encoding="ascii") if authority.exists() else ""
    content = json.dumps([found, commands, files, code, known], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _programs_of_ours() -> Sequence[Path]:
    """The programs in Python: a node that goes on running old code would puzzle whoever changes it."""
    here = Path(__file__).parent
    local = here.parent / "local"
    return (*sorted(here.rglob("*.py")), local / "namespaces.py", local / "relay.py")
