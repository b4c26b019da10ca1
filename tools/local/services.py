"""The local services: their command lines and what they read. Pure functions: nothing is started or written here."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.components import Component
from tools.cluster.ports import ADDRESS
from tools.local.layout import BUILDER, Layout

REGISTRY, MIRROR, BUILDKIT = "registry", "mirror", "buildkit"
NAMES = (REGISTRY, MIRROR, BUILDKIT)
# The builder listens on a Unix socket and has no port.
PORTS = (REGISTRY, MIRROR)
# Of layers that no build used lately; the registry keeps the images anyway.
_CACHE = 'gc = true\nreservedSpace = "2GB"\nmaxUsedSpace = "15GB"\nminFreeSpace = "3GB"'


@dataclass(frozen=True)
class Service:
    """A service: what is run, and its own variables."""

    component: Component
    variables: Mapping[str, str]


def services(layout: Layout, ports: Mapping[str, int], binaries: Path, root: Path) -> dict[str, Service]:
    """Returns every service by name.

    Args:
        layout: The paths.
        ports: A port for each of `PORTS`.
        binaries: Directory with registry, buildkitd and runc.
        root: The clone, which has the mirror's program.
    """
    mirror = (
        *(sys.executable, "-m", "services.conda_mirror", "serve"),
        *(f"--root={layout.mirror}", f"--address={ADDRESS}", f"--port={ports[MIRROR]}"),
    )
    reached = [f"--port={ports[name]}" for name in PORTS]
    builder = (
        *(sys.executable, "-m", "tools.local.fence", *reached, "--"),
        *(str(binaries / "buildkitd"), f"--config={layout.configuration / 'buildkitd.toml'}"),
    )
    return {
        REGISTRY: Service(
            Component(REGISTRY, (str(binaries / "registry"), "serve", str(layout.configuration / "registry.yml"))),
            # No traces are sent anywhere.
            {"OTEL_TRACES_EXPORTER": "none"},
        ),
        MIRROR: Service(Component(MIRROR, mirror), {"PYTHONPATH": str(root)}),
        # BuildKit looks for runc on PATH.
        BUILDKIT: Service(
            Component(BUILDKIT, builder), {"PYTHONPATH": str(root), "PATH": f"{binaries}:/usr/sbin:/sbin"}
        ),
    }


def files(layout: Layout, ports: Mapping[str, int], binaries: Path) -> dict[Path, str]:
    """Returns what the services and the users of the builder read, by path."""
    instances = layout.docker_config / "buildx" / "instances"
    return {
        layout.configuration / "registry.yml": _registry(layout, ports),
        layout.configuration / "buildkitd.toml": _buildkit(layout, ports, binaries),
        layout.docker_config / "config.json": "{}\n",
        instances / BUILDER: (
            f'{{"Name": "{BUILDER}", "Driver": "remote", "Nodes": [{{"Name": "{BUILDER}0", '
            f'"Endpoint": "unix://{layout.socket}"}}]}}\n'
        ),
    }


def _registry(layout: Layout, ports: Mapping[str, int]) -> str:
    return f"""\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: "{layout.registry}"}}
  delete: {{enabled: true}}
http:
  addr: {ADDRESS}:{ports[REGISTRY]}
"""


def _buildkit(layout: Layout, ports: Mapping[str, int], binaries: Path) -> str:
    return f"""\
root = "{layout.build_cache}"

[grpc]
address = ["unix://{layout.socket}"]

[worker.containerd]
enabled = false

[worker.oci]
enabled = true
binary = "{binaries / "runc"}"
# The network of the daemon, which is fenced off: steps reach the registry and the mirror, and nothing else.
networkMode = "host"
defaultCgroupParent = "{layout.group}"
{_CACHE}

[registry."{ADDRESS}:{ports[REGISTRY]}"]
http = true
"""
