"""Tiers: which tests can run on this machine, and the embedded cluster for those that need it."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import sharing
from tools.paths import BIN, VENV

# No test is judged by its time: a busy machine must not fail one.
hypothesis.settings.register_profile("slate", deadline=None)
hypothesis.settings.load_profile("slate")

# What each tier needs, and how to get it. Tiers of later work join when there is something to run.
TOOLS = {
    "cluster": ("pulumi", "pulumi-language-python", "etcd", "kube-apiserver", "kube-controller-manager", "kwok"),
    "node": (
        "kube-apiserver",
        "kwok",
        "kubectl",
        "registry",
        "containerd",
        "kubelet",
        "kube-proxy",
        "coredns",
        "nft",
        "runc",
    ),
    "images": ("pulumi", "pulumi-resource-docker-build", "buildkitd", "registry", "runc"),
    "rules": ("prometheus", "promtool", "alertmanager", "amtool", "kube-state-metrics"),
    "browser": ("chromium", "chromedriver"),
    "workflows": ("actionlint",),
}
ROOT_ONLY = ("images", "node")
GROUPS = {
    "images": "docker-build registry runc",
    "node": "kubernetes kubectl registry node",
    "rules": "prometheus alertmanager kube-state-metrics",
    "browser": "browser",
    "workflows": "workflows",
}


def binaries() -> Path:
    """Where the toolchain's programs lie."""
    return Path(os.environ.get("SLATE_BINARIES", BIN))


def missing_for(tier: str) -> str | None:
    """Why a tier cannot run here, or None."""
    if tier in ROOT_ONLY and (os.name != "posix" or os.geteuid() != 0 or not Path("/proc/self/ns/net").exists()):
        return f"tier {tier!r} needs root on Linux"
    folder = binaries()
    missing = [tool for tool in TOOLS.get(tier, ()) if not (folder / tool).exists()]
    if missing:
        command = f"python3 -m tools.bootstrap ensure {GROUPS.get(tier, '')}".rstrip()
        return f"tier {tier!r} needs {', '.join(missing)}: run `{command}`"
    return None


def pytest_configure() -> None:
    """Undo what a shell does to its jobs in the background: they, and so what tests start, would ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> list[str]:
    """Say which tiers run, and why another does not."""
    return [f"tier {tier}: {missing_for(tier) or 'runs'}" for tier in TOOLS]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tiers that cannot run, with the reason; begin with what takes longest."""
    sharing.in_order(items, getattr(config, "workerinput", {}).get("workercount", 1))
    for tier in TOOLS:
        reason = missing_for(tier)
        for item in items:
            if reason and item.get_closest_marker(tier):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes share the work of `make test`."""
    return sharing.processes()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together what must run in one process, when several share the work."""
    return sharing.scheduler(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """With SLATE_ALL_TIERS=1, a tier that cannot run is a failure."""
    for tier in TOOLS if os.environ.get("SLATE_ALL_TIERS") == "1" else ():
        reason = missing_for(tier) if item.get_closest_marker(tier) else None
        if reason:
            pytest.fail(f"SLATE_ALL_TIERS=1: {reason}", pytrace=False)


@pytest.fixture(scope="session")
def tool_path() -> str:
    """PATH with the toolchain and the program's Python first."""
    return os.pathsep.join([str(binaries()), str(VENV / "bin"), os.environ["PATH"]])


@pytest.fixture(scope="session")
def embedded_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator["object"]:
    """A control plane of its own for this test session."""
    from tools.cluster import Cluster

    directory = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(directory, binaries())
    cluster.up(lambda _: None)
    try:
        yield cluster
    finally:
        cluster.down()
        shutil.rmtree(directory, ignore_errors=True)
