"""Settings in a stack file that Pulumi would pass over in silence: under a misspelled prefix, or outside of `config`.

Whatever is passed over is not declared, and what is not declared is deleted: of `slat:projects`, every project.
"""

from collections.abc import Mapping
from typing import Any

from settings import Settings
from settings.base import closest
from settings.errors import plain
from tools.stack.problem import StackProblem

_PREFIX = "slate"
_SETTINGS = tuple(str(field.alias or name) for name, field in Settings.model_fields.items())
_OF_PULUMI = ("config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment")


def check(document: Mapping[Any, Any], source: str) -> None:
    """Refuse a stack file with such keys; other keys at the top (a place for anchors) and other prefixes stay free.

    Args:
        document: The content of `Pulumi.<stack>.yaml`.
        source: The file's name, for messages.

    Raises:
        StackProblem: One message with all such keys.
    """
    config = document.get("config")
    found = [_outside(str(key)) for key in document if str(key) not in _OF_PULUMI]
    found += [_misspelled(str(key)) for key in (config if isinstance(config, dict) else ())]
    problems = "".join(f"\n  {problem}" for problem in found if problem)
    if problems:
        raise StackProblem(
            f"{source} has settings that would be passed over, and what they declare would be deleted:{problems}"
        )


def _outside(key: str) -> str | None:
    prefix, colon, name = key.rpartition(":")
    if name in _SETTINGS or (colon and closest(prefix, (_PREFIX,))):
        return f"{plain(key)} is outside of `config`: indent it, with all that belongs to it, below `config:`"
    meant = closest(key, _OF_PULUMI)
    return f"{plain(key)} is not a key of stack files: did you mean {meant}?" if meant else None


def _misspelled(key: str) -> str | None:
    prefix, colon, name = key.partition(":")
    if not colon or prefix == _PREFIX or not closest(prefix, (_PREFIX,)):
        return None
    return f"{plain(key)} has a misspelled prefix: did you mean {_PREFIX}:{plain(name)}?"
