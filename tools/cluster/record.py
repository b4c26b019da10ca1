"""What the supervisor writes down of itself and its components, for other processes to read."""

import json
from dataclasses import dataclass, field
from typing import Literal

from tools.cluster.files import read_json, write_atomically
from tools.cluster.place import Place
from tools.cluster.processes import Identity

Phase = Literal["starting", "ready", "stopping", "failed"]


@dataclass(frozen=True)
class ComponentRecord:
    """One component: its name, its process if it runs, its state and how often it was started again."""

    name: str
    process: Identity | None
    state: str
    restarts: int


@dataclass(frozen=True)
class Record:
    """The supervisor's account.

    Attributes:
        supervisor: The supervisor's process.
        phase: Where it is.
        progress: While it starts: what it waits for.
        message: What is wrong, if something is.
        version: Version of Kubernetes, once known.
        fingerprint: Of the plan it runs.
        components: The components in the order of their start.
    """

    supervisor: Identity | None = None
    phase: Phase = "starting"
    progress: str = ""
    message: str = ""
    version: str = ""
    fingerprint: str = ""
    components: tuple[ComponentRecord, ...] = field(default_factory=tuple)

    def write(self, layout: Place) -> None:
        """Writes the record down."""
        value = {
            "supervisor": self.supervisor.as_json() if self.supervisor else None,
            "phase": self.phase,
            "progress": self.progress,
            "message": self.message,
            "version": self.version,
            "fingerprint": self.fingerprint,
            "components": [
                {
                    "name": component.name,
                    "process": component.process.as_json() if component.process else None,
                    "state": component.state,
                    "restarts": component.restarts,
                }
                for component in self.components
            ],
        }
        write_atomically(layout.record, json.dumps(value, indent=2) + "\n")

    @classmethod
    def read(cls, layout: Place) -> "Record | None":
        """Returns the record that is written down, or None if there is none that can be used."""
        value = read_json(layout.record)
        try:
            components = tuple(
                ComponentRecord(
                    str(entry["name"]),
                    Identity.from_json(entry["process"]),
                    str(entry["state"]),
                    int(entry["restarts"]),
                )
                for entry in value["components"]
            )
            return cls(
                Identity.from_json(value["supervisor"]),
                value["phase"],
                str(value["progress"]),
                str(value["message"]),
                str(value["version"]),
                str(value["fingerprint"]),
                components,
            )
        except (KeyError, TypeError, ValueError):
            return None
