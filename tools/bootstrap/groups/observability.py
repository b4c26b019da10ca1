"""What measures and alerts: Prometheus, Alertmanager and kube-state-metrics."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.gobuild import Target
from tools.bootstrap.gomod import module_version
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.releases import Release
from tools.bootstrap.versions import same_major
from tools.bootstrap.workplace import Workplace, architecture, system

PROMETHEUS = "github.com/prometheus/prometheus"
ALERTMANAGER = "github.com/prometheus/alertmanager"
KUBE_STATE_METRICS = "k8s.io/kube-state-metrics/v2"
_VERSION = "github.com/prometheus/common/version.Version"
# Targets are listed by address or found through Kubernetes; the clouds' discoveries are most of the code.
_DISCOVERY = ("-tags", "remove_all_sd,enable_kubernetes_sd")


@dataclass(frozen=True)
class ObservabilityGroup(NativeGroup):
    """Programs of one module that say their version through Prometheus' common library."""

    packages: tuple[str, ...] = ()  # in the order of the tools
    flags: tuple[str, ...] = ()

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return those that are missing."""
        del place
        pairs = zip(self.tools, self.packages, strict=True)
        return [
            Target(tool.name, package, self.flags, ((_VERSION, tool.pinned),))
            for tool, package in pairs
            if tool.name in missing
        ]


def prometheus_group(place: Workplace) -> ObservabilityGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/prometheus"
    version = prometheus_release(module_version(module, PROMETHEUS))
    return ObservabilityGroup(
        "prometheus",
        "measures the service levels, and tests their rules",
        module,
        _tools(("prometheus", "promtool"), version, "prometheus/prometheus", "prometheus"),
        packages=(f"{PROMETHEUS}/cmd/prometheus", f"{PROMETHEUS}/cmd/promtool"),
        flags=_DISCOVERY,
    )


def alertmanager_group(place: Workplace) -> ObservabilityGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/alertmanager"
    version = module_version(module, ALERTMANAGER)
    return ObservabilityGroup(
        "alertmanager",
        "routes alerts",
        module,
        _tools(("alertmanager", "amtool"), version, "prometheus/alertmanager", "alertmanager"),
        packages=(f"{ALERTMANAGER}/cmd/alertmanager", f"{ALERTMANAGER}/cmd/amtool"),
    )


def kube_state_metrics_group(place: Workplace) -> ObservabilityGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/kube_state_metrics"
    version = module_version(module, KUBE_STATE_METRICS)
    # Upstream publishes images, not programs, so there is nothing to download.
    tool = NativeTool("kube-state-metrics", version, ("version",), same_major(version))
    return ObservabilityGroup(
        "kube-state-metrics", "tells the cluster's facts", module, (tool,), packages=(KUBE_STATE_METRICS,)
    )


def prometheus_release(module: str) -> str:
    """Return the release that a version of Prometheus' Go module is: 0.313.1 is 3.13.1.

    Raises:
        BootstrapError: it does not follow that scheme, which upstream uses since 3.0.
    """
    match = re.fullmatch(r"0\.(\d)(\d\d)\.(\d+)", module)
    if match is None:
        raise BootstrapError(f"{PROMETHEUS} {module}: a module version such as 0.313.1 was expected")
    return f"{match[1]}.{int(match[2])}.{match[3]}"


def _tools(names: tuple[str, ...], version: str, repository: str, project: str) -> tuple[NativeTool, ...]:
    archive = f"{project}-{version}.{system()}-{architecture()}"
    folder = f"{repository}/releases/download/v{version}"
    release = Release(
        "github",
        f"{folder}/{archive}.tar.gz",
        "github",
        f"{folder}/sha256sums.txt",
        members={name: f"{archive}/{name}" for name in names},
    )
    rule = same_major(version)
    return tuple(NativeTool(name, version, ("--version",), rule, release) for name in names)
