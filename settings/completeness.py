"""Whether nothing is left open that `make up` fills in for a stack on the embedded cluster."""

from settings.errors import Problem, SettingsError, render
from settings.root import Settings


def complete(settings: Settings, source: str) -> Settings:
    """The settings, if images can be built by them.

    With a registry of type `local`, `make up` starts what is needed and adds its addresses to the stack's
    configuration; other stacks give them themselves, which `load` has checked.

    Args:
        settings: Checked settings.
        source: Name of the file, for the message.

    Raises:
        SettingsError: An address is missing.
    """
    images = settings.images
    if not images.build or settings.scope == "projects":
        return settings
    needed = {
        ("registry", "host"): settings.registry.host,
        ("conda", "mirrorUrl"): settings.conda.mirror_url,
        ("images", "debian"): images.debian,
        ("images", "locks"): images.locks,
    }
    problems = [
        Problem(
            path,
            "is missing: images.build is true, and `make up` has not set it",
            "what `make up` starts for the embedded cluster",
            "run `make up` (or `make preview`), or set images.build: false",
        )
        for path, value in needed.items()
        if value is None
    ]
    if problems:
        raise SettingsError(source, problems, render(source, problems, {}))
    return settings
