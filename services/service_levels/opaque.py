"""Ids that stand for workspaces: the same one for the same workspace, and nothing can be learnt from it.

A plain hash would not do: names can be guessed and hashed. So there is a key.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from services.service_levels.errors import ServiceLevelsError

LEAST_KEY = 16


class Ids:
    """Makes the ids.

    Args:
        key: Whoever has it can tell which workspace an id stands for.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, file: Path | None) -> "Ids":
        """Ids by the key of a file; without one, by a new key.

        Raises:
            ServiceLevelsError: The file's key is too short.
        """
        if file is None:
            return cls(secrets.token_bytes(32))
        key = file.read_bytes().strip()
        if len(key) < LEAST_KEY:
            raise ServiceLevelsError(f"{file} is too short for a key; write at least {LEAST_KEY} characters into it")
        return cls(key)

    def of_workspace(self, namespace: str, workspace: str) -> str:
        """The id of a workspace, such as w-3f9a1c20."""
        return f"w-{hmac.new(self._key, f'{namespace}/{workspace}'.encode(), hashlib.sha256).hexdigest()[:8]}"
