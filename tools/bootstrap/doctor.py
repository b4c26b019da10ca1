"""Lists every tool: found where, which version, or how to get it."""

import platform
import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tools.bootstrap.building import why_not
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.golang import go_from_wheel, go_on_path
from tools.bootstrap.groups import DEFAULT, all_groups
from tools.bootstrap.in_use import language_host_in_use, provider_in_use
from tools.bootstrap.processes import output_of
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.uv import installed_uv
from tools.bootstrap.workplace import Workplace

_HEADINGS = ("TOOL", "STATE", "VERSION", "WHERE, OR HOW TO GET IT")
# A first build of everything, caches included.
_WANTED_GIGABYTES = 8
_CONTROL_GROUPS = Path("/sys/fs/cgroup")
# What makes a home of a fixed size (tools/node/disks.py); the others of that kind are everywhere.
_HOMES = ("mkfs.ext4", "e2fsck", "resize2fs")


def doctor(place: Workplace) -> int:
    """Print the state of the clone's tools; return 0, or 1 when something that is needed is missing."""
    statuses = collect(place)
    environ = {**place.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    with ThreadPoolExecutor() as pool:
        statuses = list(pool.map(lambda status: _checked(status, environ), statuses))
    print(table(statuses))
    print()
    for line in _facts(place, statuses):
        print(line)
    missing = [status.name for status in statuses if status.required and status.state in ("missing", "broken")]
    print()
    if missing:
        print(f"Missing or broken: {', '.join(missing)}. Get everything with: python3 -m tools.bootstrap ensure")
        return 1
    print("Everything that make up and make test need is there.")
    return 0


def collect(place: Workplace) -> list[ToolStatus]:
    """Return the state of every tool of every group, and of uv."""
    statuses = []
    for group in all_groups(place).values():
        needed = group.name in DEFAULT
        statuses += [replace(status, required=needed and status.required) for status in group.statuses(place)]
    uv = installed_uv(place)
    if uv:
        statuses.append(ToolStatus("uv", *uv, group="python", required=False))
    else:
        how = "comes by itself with: python3 -m tools.bootstrap ensure python"
        statuses.append(ToolStatus("uv", "missing", "", how, "python", required=False))
    return statuses


def table(statuses: Sequence[ToolStatus]) -> str:
    """Return the tools as a text table."""
    rows = [_HEADINGS, *((status.name, _state(status), status.version, status.where) for status in statuses)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    )


def _state(status: ToolStatus) -> str:
    if status.state == "missing" and not status.required:
        return "not needed"
    return status.state


def _checked(status: ToolStatus, environ: dict[str, str]) -> ToolStatus:
    if status.check is None or output_of(status.check, environ, seconds=60) is not None:
        return status
    how = f"{' '.join(status.check[:2])} fails; remove .slate/stamps and run: python3 -m tools.bootstrap ensure"
    return replace(status, state="broken", where=how)


def _facts(place: Workplace, statuses: Sequence[ToolStatus]) -> list[str]:
    usage = shutil.disk_usage(place.root)
    free = usage.free / 1e9
    lines = [
        f"Machine: {platform.system()} {platform.machine()}, {place.root}",
        f"Python: {platform.python_version()} ({sys.executable})",
        f"Disk: {free:.1f} GB free" + _disk_advice(free, statuses),
    ]
    go = go_on_path(place) or go_from_wheel(place)
    lines.append(f"Go: {go[0]} ({go[1]})" if go else "Go: none; it comes from a Python package when it is needed")
    for title, question in (("kubernetes provider", provider_in_use), ("language host", language_host_in_use)):
        try:
            kind, version, where = question(place)
            lines.append(f"{title}: {kind} {version} ({where})")
        except BootstrapError as error:
            lines.append(f"{title}: {error}")
    problem = why_not(place.environ)
    lines.append(f"Images: not built here, which {problem}" if problem else "Images: can be built here")
    lines.append(_real_node(place, problem))
    lines.append(
        f"Downloads of releases: {'off (SLATE_OFFLINE)' if place.offline else 'tried when something is missing'}"
    )
    return lines


def _real_node(place: Workplace, problem: str | None) -> str:
    """Whether workspaces can really run here: `make up CLUSTER=node`."""
    missing = [name for name in ("ip", "mount") if shutil.which(name, path=place.environ.get("PATH")) is None]
    if problem:
        return f"Real node: not here, it {problem.partition(', or')[0]}"
    if missing:
        return f"Real node: needs {' and '.join(missing)} (packages iproute2, mount)"
    version = "2 (not tried yet)" if (_CONTROL_GROUPS / "cgroup.controllers").exists() else "1"
    absent = [name for name in _HOMES if shutil.which(name, path=place.environ.get("PATH")) is None]
    limit = (
        f"have no limit (needs {', '.join(absent)}: package e2fsprogs)" if absent else "hold no more than their size"
    )
    return f"Real node: can run here (make up CLUSTER=node); control groups version {version}; homes {limit}"


def _disk_advice(free: float, statuses: Sequence[ToolStatus]) -> str:
    builds = any(status.state == "missing" and status.required for status in statuses)
    if builds and free < _WANTED_GIGABYTES:
        return f"; a first build wants {_WANTED_GIGABYTES} GB"
    return ""
