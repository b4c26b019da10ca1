"""What the supervisor of the local services is to run."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.files import read_json, write_atomically
from tools.local import services
from tools.local.layout import Layout
from tools.paths import ROOT


@dataclass(frozen=True)
class Plan:
    """The plan.

    Attributes:
        binaries: Directory with the programs.
        ports: A port for each of `services.PORTS`.
        services: Names of what is to run.
        fingerprint: Changes when programs, command lines or configuration change.
    """

    binaries: Path
    ports: dict[str, int]
    services: tuple[str, ...]
    fingerprint: str

    @classmethod
    def make(cls, layout: Layout, binaries: Path, ports: Mapping[str, int], names: set[str]) -> "Plan":
        """Returns the plan to run some services."""
        ordered = tuple(name for name in services.NAMES if name in names)
        return cls(binaries, dict(ports), ordered, _fingerprint(layout, binaries, ports, ordered))

    def write(self, layout: Layout) -> None:
        """Writes the plan, and what the services read."""
        for path, text in services.files(layout, self.ports, self.binaries).items():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, text)
        value = {
            "binaries": str(self.binaries),
            "ports": self.ports,
            "services": self.services,
            "fingerprint": self.fingerprint,
        }
        write_atomically(layout.plan, json.dumps(value, indent=2) + "\n")

    @classmethod
    def read(cls, layout: Layout) -> "Plan | None":
        """Returns the plan of the last start, or None if there is none that can be used."""
        value = read_json(layout.plan)
        try:
            ports = {name: int(value["ports"][name]) for name in services.PORTS}
            names = tuple(name for name in services.NAMES if name in value["services"])
            return cls(Path(value["binaries"]), ports, names, str(value["fingerprint"]))
        except (KeyError, TypeError, ValueError):
            return None


def _fingerprint(layout: Layout, binaries: Path, ports: Mapping[str, int], names: tuple[str, ...]) -> str:
    known = services.services(layout, ports, binaries, ROOT)
    programs: list[list[object]] = []
    for name in ("registry", "buildkitd", "runc"):
        try:
            stat = (binaries / name).stat()
            programs.append([name, stat.st_size, stat.st_mtime_ns])
        except OSError:
            programs.append([name])
    commands = [[known[name].component.command, dict(known[name].variables)] for name in names]
    files = {str(path): text for path, text in services.files(layout, ports, binaries).items()}
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in _programs_of_ours()]
    content = json.dumps([programs, commands, files, code], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _programs_of_ours() -> list[Path]:
    """The programs in Python: a server that goes on running old code would puzzle whoever changes it."""
    here = Path(__file__).parent
    return [
        here / "fence.py",
        here / "namespaces.py",
        here / "relay.py",
        *sorted((ROOT / "services" / "conda_mirror").glob("*.py")),
    ]
