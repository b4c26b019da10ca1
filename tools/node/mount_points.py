"""Fixed places that programs of a node insist on; inside the node, folders of its own are mounted there.

A place that the machine did not have is made, noted, and removed again when the node stops, unless another clone's node
is still using it: the kernel lets a folder be removed that is a mount point in another mount namespace, and silently
takes the mount away there. The last node to stop removes it.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from tools.cluster.files import write_atomically
from tools.node.layout import Layout


def folders(layout: Layout) -> Mapping[Path, Path]:
    """Returns what is mounted where: the place, and the node's own folder."""
    return {
        Path("/var/lib/kubelet"): layout.kubelet,
        Path("/var/lib/cni"): layout.cni,  # a constant of containerd's
        Path("/var/log"): layout.pod_logs,
    }


def make(layout: Layout) -> None:
    """Makes the places that are missing.

    Raises:
        OSError: Not allowed here.
    """
    missing = [place for place in folders(layout) if not place.exists()]
    # What is empty and mounted over elsewhere was made by another node, which may stop before this one.
    shared = [place for place in folders(layout) if place.exists() and is_used(place) and not any(place.iterdir())]
    noted = sorted({*_noted(layout), *map(str, missing), *map(str, shared)})
    write_atomically(layout.mount_points, "".join(f"{place}\n" for place in noted))
    for place in missing:
        place.mkdir(mode=0o755, parents=True)


def remove(layout: Layout) -> None:
    """Removes the places that were made, if nothing else has been put there since and no other node uses them."""
    for place in map(Path, _noted(layout)):
        if not is_used(place):
            with contextlib.suppress(OSError):
                place.rmdir()
    layout.mount_points.unlink(missing_ok=True)


def is_used(place: Path) -> bool:
    """Whether anything is mounted there in the mount namespace of any process."""
    for table in Path("/proc").glob("[0-9]*/mountinfo"):
        with contextlib.suppress(OSError):  # the process has ended
            if f" {place} " in table.read_text(encoding="utf-8", errors="replace"):
                return True
    return False


def _noted(layout: Layout) -> list[str]:
    try:
        return layout.mount_points.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
