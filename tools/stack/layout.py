"""Where a clone keeps what the stack commands need. Tests make clones of their own."""

from dataclasses import dataclass
from pathlib import Path

from tools import paths


@dataclass(frozen=True)
class Layout:
    """The directories of one clone."""

    root: Path = paths.ROOT

    @property
    def slate(self) -> Path:
        """Everything that is written at run time."""
        return self.root / ".slate"

    @property
    def binaries(self) -> Path:
        """Tools by name."""
        return self.slate / "bin"

    @property
    def cluster(self) -> Path:
        """The embedded cluster's directory."""
        return self.slate / "cluster"

    @property
    def local(self) -> Path:
        """The local services' directory: registry, mirror, builder."""
        return self.slate / "local"

    @property
    def node(self) -> Path:
        """The real node's directory."""
        return self.slate / "node"

    @property
    def observability(self) -> Path:
        """The directory of what measures and alerts: Prometheus, Alertmanager, kube-state-metrics, pages."""
        return self.slate / "observability"

    @property
    def rules(self) -> Path:
        """Parameters of the rules, a file for each stack."""
        return self.root / "policies" / "config"

    @property
    def state(self) -> Path:
        """Pulumi's state, unless the user named a backend."""
        return self.slate / "state"

    @property
    def stacks(self) -> Path:
        """Merged configurations, own secrets and run markers, one set per stack."""
        return self.slate / "stacks"

    def settings_file(self, stack: str) -> Path:
        """The committed settings of a stack."""
        return self.root / f"Pulumi.{stack}.yaml"

    def merged_file(self, stack: str) -> Path:
        """The settings joined with this clone's own secret."""
        return self.stacks / f"Pulumi.{stack}.yaml"

    def marker(self, stack: str) -> Path:
        """Exists while Pulumi works on the stack; what is left of it tells of an interrupted run."""
        return self.stacks / f"{stack}.running"

    def lock(self, stack: str) -> Path:
        """Held by the one command that may change the stack."""
        return self.stacks / f"{stack}.lock"

    def identity(self, stack: str) -> Path:
        """Which cluster the stack's state belongs to."""
        return self.stacks / f"{stack}.cluster"

    def judged(self, stack: str) -> Path:
        """What the last update that succeeded was made of; while that stays, there is nothing to judge anew."""
        return self.stacks / f"{stack}.judged"

    def images(self, stack: str) -> Path:
        """What the last `make up` supplied for the stack's images."""
        return self.stacks / f"{stack}.images"

    def real_node(self, stack: str) -> Path:
        """Exists if the stack has a pool on a real node."""
        return self.stacks / f"{stack}.node"

    def own_secrets(self) -> Path:
        """A Pulumi project of its own that holds nothing but this clone's secrets."""
        return self.stacks / "own-secrets"
