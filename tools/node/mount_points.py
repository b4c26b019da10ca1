"""Fixed places that programs of a node insist on; inside the node, folders of its own are mounted there.

A place that the machine did not have is made, noted, and removed again when the node stops.
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
    noted = sorted({*_noted(layout), *map(str, missing)})
    write_atomically(layout.mount_points, "".join(f"{place}\n" for place in noted))
    for place in missing:
        place.mkdir(mode=0o755, parents=True)


def remove(layout: Layout) -> None:
    """Removes the places that were made, if nothing else has been put there since."""
    for place in _noted(layout):
        with contextlib.suppress(OSError):
            Path(place).rmdir()
    layout.mount_points.unlink(missing_ok=True)


def _noted(layout: Layout) -> list[str]:
    try:
        return layout.mount_points.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
