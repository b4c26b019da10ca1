"""Pulumi's plugins in the clone's own PULUMI_HOME."""

import contextlib
import shutil
from pathlib import Path

from tools.bootstrap.environment import pulumi_environ
from tools.bootstrap.links import link
from tools.bootstrap.session import Task
from tools.bootstrap.workplace import Workplace


def plugin_directory(place: Workplace, name: str, version: str) -> Path:
    """Return the folder that Pulumi looks for a resource plugin in."""
    return place.pulumi_home / "plugins" / f"resource-{name}-v{version}"


def install_plugin(task: Task, name: str, version: str, source: Path) -> None:
    """Install a resource plugin from a binary, a folder or a tarball, replacing what was there.

    Raises:
        BootstrapError: Pulumi refuses.
    """
    _clear(task.place, name, version)
    command = [str(task.place.bin / "pulumi"), "plugin", "install", "resource", name, version]
    command += ["--file", str(source), "--reinstall", "--non-interactive"]
    task.run(command, pulumi_environ(task.place))


def link_plugin(place: Workplace, name: str, version: str, binary: Path) -> Path:
    """Make Pulumi use a plugin binary that lies elsewhere, without copying it; return the link."""
    _clear(place, name, version)
    path = plugin_directory(place, name, version) / f"pulumi-resource-{name}"
    path.parent.mkdir(parents=True)
    link(binary, path)
    return path


def _clear(place: Workplace, name: str, version: str) -> None:
    directory = plugin_directory(place, name, version)
    shutil.rmtree(directory, ignore_errors=True)
    # Pulumi leaves these beside the folder; a marker of a broken installation would hide the new one.
    for suffix in (".partial", ".lock"):
        with contextlib.suppress(OSError):
            directory.with_name(directory.name + suffix).unlink()
