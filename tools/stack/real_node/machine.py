"""What this machine has that pods may use."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_MEBI = 1024 * 1024


@dataclass(frozen=True)
class Machine:
    """A machine.

    Attributes:
        cores: Processors that this process may use.
        memory: In mebibytes.
        disk: Of the file system that the node's data are on, in mebibytes.
    """

    cores: int
    memory: int
    disk: int

    @classmethod
    def here(cls, folder: Path) -> "Machine":
        """Returns this machine; `folder` is where the node's data will be."""
        while not folder.exists():
            folder = folder.parent
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEBI
        return cls(len(os.sched_getaffinity(0)), memory, shutil.disk_usage(folder).total // _MEBI)
