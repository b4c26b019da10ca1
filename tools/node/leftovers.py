"""What a node that was killed may have left behind. Namespaces, processes and mounts go with its first process."""

import shutil
import subprocess
from pathlib import Path

from tools.cluster.processes import end, identify
from tools.node import control_groups, mount_points
from tools.node.layout import Layout
from tools.node.network import Addresses

GRACE_SECONDS = 5.0


def remove(layout: Layout, addresses: Addresses | None) -> None:
    """Removes all of it; nothing of the node may be starting at the same time.

    Args:
        layout: The node's paths.
        addresses: Its addresses at the last start, if there was one.
    """
    _end_first_process(layout)
    control_groups.remove(layout.group)
    if addresses is not None and _owner(addresses.interface) == layout.group:
        # It goes with the node's network, soon; a start that comes sooner must not find it.
        subprocess.run(["ip", "link", "del", addresses.interface], check=False, capture_output=True)
    mount_points.remove(layout)
    for path in (layout.first_process, layout.enforcing):
        path.unlink(missing_ok=True)


def end_pods(layout: Layout) -> None:
    """Lets the programs in all pods end in good order."""
    control_groups.end_processes(layout.group, GRACE_SECONDS)


def forget_pods(layout: Layout) -> None:
    """Removes what belongs to the pods of the last start: none of them runs any more, and all are made anew."""
    shutil.rmtree(layout.cni, ignore_errors=True)
    layout.cni.mkdir(mode=0o700, exist_ok=True)


def _owner(interface: str) -> str:
    """The control group of the node that an interface belongs to: another clone's may have those addresses by now."""
    try:
        return (Path("/sys/class/net") / interface / "ifalias").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _end_first_process(layout: Layout) -> None:
    """Ends the first process if it is that of this node still: its id may be another's by now."""
    try:
        pid = int(layout.first_process.read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except (OSError, ValueError):
        return
    identity = identify(pid)
    if identity is not None and command.endswith(b"/pause"):
        end([identity], 1.0)
