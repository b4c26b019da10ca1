"""The ledger of what was done, which the limits are counted in.

It lies in a ConfigMap, so that a remediator that restarts knows what the last one did, and two at once cannot spend
the same allowance: an entry is written before its pod is deleted, and only if nobody else has written meanwhile. No
ledger, no action.
"""

import datetime
import json
from dataclasses import asdict, dataclass
from typing import Protocol

from services.service_levels.kubernetes import Api, Object
from services.service_levels.remediator.alerts import Target

KEY = "ledger.json"
HOUR = datetime.timedelta(hours=1)
TEN_MINUTES = datetime.timedelta(minutes=10)


class LedgerError(Exception):
    """The ledger holds what the remediator did not write."""


@dataclass(frozen=True)
class Entry:
    """A pod that is replaced.

    Attributes:
        uid: Of the pod.
        namespace: Its namespace.
        workspace: Its workspace.
        at: When, in ISO 8601 with its zone.
    """

    uid: str
    namespace: str
    workspace: str
    at: str

    def age(self, now: datetime.datetime) -> datetime.timedelta:
        """How long ago it was."""
        return now - datetime.datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Reservation:
    """The ledger's answer.

    Attributes:
        objection: Why the pod may not be replaced, or None.
        fresh: Whether the note was made just now, and not by an earlier try or another remediator.
    """

    objection: str | None
    fresh: bool = False


class Store(Protocol):
    """Where the entries are kept."""

    async def read(self) -> list[Entry]:
        """All entries."""
        ...

    async def write(self, entries: list[Entry]) -> None:
        """Replace what was read last."""
        ...


class InMemory:
    """Entries of a dry run, which changes nothing in the cluster."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    async def read(self) -> list[Entry]:
        """All entries."""
        return list(self._entries)

    async def write(self, entries: list[Entry]) -> None:
        """Replace what was read last."""
        self._entries = list(entries)


class InConfigMap:
    """Entries in a ConfigMap that exists already.

    Args:
        api: The API server.
        namespace: Of the ConfigMap.
        name: Of the ConfigMap.
    """

    def __init__(self, api: Api, namespace: str, name: str) -> None:
        self._api = api
        self._path = f"/api/v1/namespaces/{namespace}/configmaps/{name}"
        self._found: Object = {}

    async def read(self) -> list[Entry]:
        """All entries.

        Raises:
            ApiError: The ConfigMap cannot be read.
            LedgerError: It holds something else.
        """
        self._found = await self._api.get(self._path)
        text = (self._found.get("data") or {}).get(KEY) or "[]"
        try:
            entries = [Entry(**entry) for entry in json.loads(text)]
            for entry in entries:
                entry.age(datetime.datetime.now(datetime.UTC))
        except (ValueError, TypeError) as error:
            hint = f"delete the key {KEY} of this ConfigMap to begin anew"
            raise LedgerError(f"{self._path}: no ledger of the remediator ({error}); {hint}") from None
        return entries

    async def write(self, entries: list[Entry]) -> None:
        """Replace what was read last.

        Raises:
            ApiError: Somebody else has changed it since (409), or it cannot be written.
        """
        text = json.dumps([asdict(entry) for entry in entries], indent=1)
        self._found = await self._api.replace(self._path, {**self._found, "data": {KEY: text}})


class Ledger:
    """The limits.

    Args:
        store: Where the entries are kept.
        per_workspace_per_hour: Most new pods for one workspace in an hour.
    """

    def __init__(self, store: Store, per_workspace_per_hour: int) -> None:
        self._store = store
        self._per_workspace = per_workspace_per_hour

    async def reserve(self, target: Target, uid: str, most: int, now: datetime.datetime) -> Reservation:
        """Note that a pod is about to be replaced, if the limits allow it.

        A pod that was noted before and is still there may be tried again, and is not counted twice.

        Args:
            target: Its workspace.
            uid: Its uid.
            most: Most new pods of the fleet in ten minutes.
            now: The time.

        Raises:
            ApiError: The ledger cannot be read or written, or somebody else has written meanwhile (409).
            LedgerError: It holds something else.
        """
        recent = [entry for entry in await self._store.read() if entry.age(now) < HOUR]
        if any(entry.uid == uid for entry in recent):
            return Reservation(None)
        own = (target.namespace, target.workspace)
        if sum((entry.namespace, entry.workspace) == own for entry in recent) >= self._per_workspace:
            return Reservation("workspace-limit")
        if sum(entry.age(now) < TEN_MINUTES for entry in recent) >= most:
            return Reservation("fleet-limit")
        await self._store.write([*recent, Entry(uid, target.namespace, target.workspace, now.isoformat())])
        return Reservation(None, fresh=True)

    async def cancel(self, uid: str) -> None:
        """Take back a note that was fresh: the pod was not replaced after all.

        Raises:
            ApiError: The ledger cannot be written. The note stays, and the limits are stricter than they need be.
        """
        await self._store.write([entry for entry in await self._store.read() if entry.uid != uid])
