"""The groups of tools, by name, in the order in which they are shown."""

from typing import Protocol

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups.browser import BrowserGroup
from tools.bootstrap.groups.docker_build import docker_build_group
from tools.bootstrap.groups.go import GoGroup
from tools.bootstrap.groups.kubectl import KubectlGroup
from tools.bootstrap.groups.kubernetes import kubernetes_group
from tools.bootstrap.groups.kubernetes_provider import KubernetesProviderGroup
from tools.bootstrap.groups.language_host import language_host_group
from tools.bootstrap.groups.nft import NftGroup
from tools.bootstrap.groups.node import coredns_group, kubelet_group, node_group
from tools.bootstrap.groups.observability import alertmanager_group, kube_state_metrics_group, prometheus_group
from tools.bootstrap.groups.pulumi import pulumi_group
from tools.bootstrap.groups.python_packages import PythonGroup
from tools.bootstrap.groups.registry import registry_group
from tools.bootstrap.groups.runc import runc_group
from tools.bootstrap.groups.workflows import workflows_group
from tools.bootstrap.session import Task
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.workplace import Workplace

DEFAULT = ("python", "pulumi", "language-host", "kubernetes-provider", "kubernetes", "kubectl")


class Group(Protocol):
    """Tools that are installed together."""

    @property
    def name(self) -> str:
        """The name on the command line."""
        ...

    @property
    def summary(self) -> str:
        """What it is, in a few words."""
        ...

    @property
    def requires(self) -> tuple[str, ...]:
        """Groups that must be there first."""
        ...

    def hosts(self) -> set[str]:
        """Return the download hosts that the group would ask."""
        ...

    def ready(self, place: Workplace) -> bool:
        """Whether nothing is to do; quick."""
        ...

    def install(self, task: Task) -> str:
        """Do it; return what was done in a few words."""
        ...

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of each tool."""
        ...


def all_groups(place: Workplace) -> dict[str, Group]:
    """Return every group of a clone by name."""
    groups: list[Group] = [
        PythonGroup(),
        pulumi_group(place),
        kubernetes_group(place),  # builds longest, so it begins early
        language_host_group(place),
        KubernetesProviderGroup(),
        KubectlGroup(),
        docker_build_group(place),
        registry_group(place),
        runc_group(place),
        NftGroup(),
        kubelet_group(place),
        coredns_group(place),
        node_group(place),
        prometheus_group(place),
        alertmanager_group(place),
        kube_state_metrics_group(place),
        workflows_group(place),
        BrowserGroup(),
        GoGroup(),
    ]
    return {group.name: group for group in groups}


def select(place: Workplace, names: list[str]) -> list[Group]:
    """Return the named groups (the default ones if none is named) and what they require.

    Raises:
        BootstrapError: there is no group of that name.
    """
    groups = all_groups(place)
    unknown = [name for name in names if name not in groups]
    if unknown:
        raise BootstrapError(f"There is no group {', '.join(unknown)}. Groups: {', '.join(groups)}.")
    wanted = set(names or DEFAULT)
    while True:
        more = {required for name in wanted for required in groups[name].requires} - wanted
        if not more:
            break
        wanted |= more
    return [group for name, group in groups.items() if name in wanted]
