"""Where the files of what measures and alerts lie."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.files import write_atomically
from tools.cluster.place import Place
from tools.observability.errors import ObservabilityError


@dataclass(frozen=True)
class Layout(Place):
    """The paths of one clone's programs. Everything that they write is under `directory`.

    Attributes:
        directory: Absolute path.
    """

    ERROR = ObservabilityError

    @property
    def identities(self) -> Path:
        """Kubeconfigs of the programs and their short-lived tokens."""
        return self.directory / "identities"

    @property
    def prometheus(self) -> Path:
        """What Prometheus has measured."""
        return self.directory / "prometheus"

    @property
    def alertmanager(self) -> Path:
        """Silences, and which notifications were sent."""
        return self.directory / "alertmanager"

    @property
    def pages(self) -> Path:
        """The status page and the reports."""
        return self.directory / "pages"

    @property
    def page_key(self) -> Path:
        """The key of the opaque ids on page and report: the same workspace has the same id on each."""
        return self.identities / "page-ids.key"

    @property
    def rules(self) -> Path:
        """The stack's rules, as Prometheus reads them."""
        return self.configuration / "rules.yml"

    @property
    def contract(self) -> Path:
        """The stack's service level contract."""
        return self.configuration / "contract.json"

    @property
    def prometheus_file(self) -> Path:
        """Prometheus' configuration."""
        return self.configuration / "prometheus.yml"

    @property
    def alertmanager_file(self) -> Path:
        """Alertmanager's configuration."""
        return self.configuration / "alertmanager.yml"

    def kubeconfig(self, account: str) -> Path:
        """Returns the kubeconfig of a ServiceAccount."""
        return self.identities / f"{account}.kubeconfig"

    def token(self, account: str) -> Path:
        """Returns the file with a ServiceAccount's present token."""
        return self.identities / f"{account}.token"

    def below(self) -> tuple[Path, ...]:
        """Returns the directories that are made before anything starts."""
        return (*super().below(), self.identities, self.prometheus, self.alertmanager, self.pages)

    def prepare(self) -> None:
        """Makes the directories below, and the key of the opaque ids.

        Raises:
            ObservabilityError: They cannot be made.
        """
        super().prepare()
        try:
            if not self.page_key.exists():
                write_atomically(self.page_key, secrets.token_hex(32) + "\n")
        except OSError as error:
            raise ObservabilityError(f"{error.filename} cannot be made: {error.strerror}.") from error
