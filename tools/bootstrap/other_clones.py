"""What `make shell-env` of another clone has left in the shell; taken over, it would mix the two clones up."""

import os
from collections.abc import Mapping
from pathlib import Path

_SLATE = ".slate"
_TOOLS = (Path(_SLATE, "bin"), Path(_SLATE, "venv", "bin"))
_HOME = Path(_SLATE, "pulumi")


def without(environ: Mapping[str, str], slate: Path) -> dict[str, str]:
    """Return an environment without another clone's tools, state and passphrase.

    Its tools would be linked into this clone and be gone with it; its state describes another cluster. A backend that
    the user has named in another way stays, also one in another clone.

    Args:
        environ: the environment to start from.
        slate: this clone's own `.slate`.
    """
    kept = dict(environ)
    if "PATH" in kept:
        folders = kept["PATH"].split(os.pathsep)
        kept["PATH"] = os.pathsep.join(folder for folder in folders if not _is_anothers(folder, _TOOLS, slate))
    home = kept.get("PULUMI_HOME", "")
    if _is_anothers(home, (_HOME,), slate):
        del kept["PULUMI_HOME"]
        other = Path(home).parent
        for name, value in {
            "PULUMI_BACKEND_URL": (other / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(other / "passphrase"),
        }.items():
            if kept.get(name) == value:
                del kept[name]
    return kept


def _is_anothers(folder: str, kinds: tuple[Path, ...], slate: Path) -> bool:
    path = Path(folder)
    for kind in kinds:
        if path.is_absolute() and path.parts[-len(kind.parts) :] == kind.parts:
            owner = path.parents[len(kind.parts) - 2]
            return os.path.realpath(owner) != os.path.realpath(slate)
    return False
