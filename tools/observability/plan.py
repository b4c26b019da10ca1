"""What the supervisor is to run."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.files import read_json, write_atomically
from tools.observability.declared import Account
from tools.observability.layout import Layout
from tools.observability.programs import PORTS, Program
from tools.paths import ROOT

_OWN_PROGRAMS = ("services/service_levels", "tools/observability")


@dataclass(frozen=True)
class Plan:
    """The plan.

    Attributes:
        cluster: Directory of the embedded cluster.
        api_address: The address of its API server.
        ports: A port for each of `programs.PORTS`.
        programs: What is to run.
        fingerprint: Changes when programs, command lines or addresses change.
    """

    cluster: Path
    api_address: str
    ports: dict[str, int]
    programs: tuple[Program, ...]
    fingerprint: str

    @classmethod
    def make(cls, cluster: Path, api_address: str, ports: Mapping[str, int], programs: tuple[Program, ...]) -> "Plan":
        """Returns the plan to run some programs."""
        return cls(cluster, api_address, dict(ports), programs, _fingerprint(cluster, api_address, programs))

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The ServiceAccounts that the programs run as."""
        return tuple(dict.fromkeys(program.account for program in self.programs if program.account))

    def write(self, layout: Layout) -> None:
        """Writes the plan."""
        value = {
            "cluster": str(self.cluster),
            "api_address": self.api_address,
            "ports": self.ports,
            "programs": [program.as_json() for program in self.programs],
            "fingerprint": self.fingerprint,
        }
        write_atomically(layout.plan, json.dumps(value, indent=2) + "\n")

    @classmethod
    def read(cls, layout: Layout) -> "Plan | None":
        """Returns the plan of the last start, or None if there is none that can be used."""
        value = read_json(layout.plan)
        try:
            ports = {name: int(value["ports"][name]) for name in PORTS}
            programs = tuple(Program.from_json(entry) for entry in value["programs"])
            return cls(Path(value["cluster"]), str(value["api_address"]), ports, programs, str(value["fingerprint"]))
        except (KeyError, TypeError, ValueError):
            return None


def _fingerprint(cluster: Path, api_address: str, programs: tuple[Program, ...]) -> str:
    content: list[object] = [str(cluster), api_address, [program.as_json() for program in programs]]
    for program in programs:
        try:
            stat = Path(program.command[0]).stat()
            content.append([stat.st_size, stat.st_mtime_ns])
        except OSError:
            content.append(None)
    # A server that goes on running old code would puzzle whoever changes it.
    files = [path for folder in _OWN_PROGRAMS for path in sorted((ROOT / folder).rglob("*.py"))]
    content += [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
