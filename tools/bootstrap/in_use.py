"""Says which kubernetes provider and which language host a clone uses."""

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.stamps import load_record
from tools.bootstrap.workplace import Workplace


def provider_in_use(place: Workplace | None = None) -> tuple[str, str, str]:
    """Return (`upstream` or `offline`, version, file) of the installed kubernetes provider.

    Raises:
        BootstrapError: none is installed yet.
    """
    place = place or Workplace()
    for kind, installed in load_record(place.stamps / "kubernetes-provider.json").tools.items():
        return kind, installed.version, installed.where
    raise BootstrapError(
        "No kubernetes provider is installed yet; run: python3 -m tools.bootstrap ensure kubernetes-provider"
    )


def language_host_in_use(place: Workplace | None = None) -> tuple[str, str, str]:
    """Return (`upstream` or `offline`, version, file) of the installed Python language host.

    Raises:
        BootstrapError: none is installed yet.
    """
    place = place or Workplace()
    installed = load_record(place.stamps / "language-host.json").tools.get("pulumi-language-python")
    if installed is None:
        raise BootstrapError("No language host is installed yet; run: python3 -m tools.bootstrap ensure language-host")
    # Only our own host is ever built; what was found or downloaded is upstream's.
    kind = "offline" if installed.state == "built" else "upstream"
    return kind, installed.version, installed.where
