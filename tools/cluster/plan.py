"""What a start needs: the plan of what is to run, and the files the components read."""

import datetime
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tools.cluster import addons, components, kubeconfig
from tools.cluster.files import read_json, write_atomically
from tools.cluster.layout import Layout

STAGES = Path(__file__).parent / "stages"
ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Plan:
    """What the supervisor of a cluster is to run.

    Attributes:
        binaries: Directory with the programs.
        ports: A port for each of `ports.NAMES`.
        renew_at: When certificates are about to expire, in seconds since 1970.
        fingerprint: Changes when programs, command lines or the behaviour of simulated objects change.
    """

    binaries: Path
    ports: dict[str, int]
    renew_at: float
    fingerprint: str

    def write(self, layout: Layout) -> None:
        """Writes the plan into the cluster's directory."""
        value = {
            "binaries": str(self.binaries),
            "ports": self.ports,
            "renew_at": self.renew_at,
            "fingerprint": self.fingerprint,
        }
        write_atomically(layout.plan, json.dumps(value, indent=2) + "\n")

    @classmethod
    def read(cls, layout: Layout) -> "Plan | None":
        """Returns the plan in the cluster's directory, or None if there is none that can be used."""
        value = read_json(layout.plan)
        try:
            ports = {str(name): int(port) for name, port in value["ports"].items()}
            return cls(Path(value["binaries"]), ports, float(value["renew_at"]), str(value["fingerprint"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def stages() -> str:
    """Returns the behaviour of simulated nodes, volumes and pods as one file for kwok."""
    return "\n---\n".join(path.read_text(encoding="utf-8") for path in sorted(STAGES.glob("*.yaml")))


def fingerprint(layout: Layout, ports: dict[str, int], binaries: Path) -> str:
    """Returns a text that changes when a running cluster no longer is what `up` would start."""
    programs = []
    for name in components.NAMES:
        try:
            stat = (binaries / name).stat()
            programs.append([name, stat.st_size, stat.st_mtime_ns])
        except OSError:
            programs.append([name])
    commands = [component.command for component in components.components(layout, ports, binaries)]
    content = json.dumps([programs, commands, stages(), addons.OBJECTS])
    return hashlib.sha256(content.encode()).hexdigest()


def prepare(layout: Layout, ports: dict[str, int]) -> datetime.datetime:
    """Writes what the components read: certificates, kubeconfigs, stages.

    Returns:
        When this must be done again, because certificates will be about to expire.
    """
    # Imported here: the supervisor lives long and small, and needs this once a year.
    from tools.cluster import pki  # noqa: PLC0415

    renew_at = pki.ensure(layout.pki)
    for name in ("kube-controller-manager", "kube-scheduler", "kwok"):
        write_atomically(layout.component_kubeconfig(name), kubeconfig_of(layout, ports, name))
    write_atomically(layout.stages, stages())
    return renew_at


def kubeconfig_of(layout: Layout, ports: dict[str, int], name: str) -> str:
    """Returns the kubeconfig of one identity, by the name of its certificate."""
    authority = layout.pki / "cluster-authority.crt"
    certificate, key = layout.pki / f"{name}.crt", layout.pki / f"{name}.key"
    return kubeconfig.document(components.server(ports), authority, f"slate-{name}", certificate, key)
