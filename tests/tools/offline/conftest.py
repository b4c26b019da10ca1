"""The provider under test, a simulated node, and one namespace a test."""

import json
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.offline.cluster_api import Api, namespace, wait_until
from tests.tools.offline.contract import Contract, forget_aborted_programs, install
from tools.bootstrap.environment import environment as toolchain_environment
from tools.paths import PULUMI_HOME, ROOT
from tools.stack import options

OFFLINE = ROOT / "tools" / "offline" / "kubernetes_provider"


@pytest.fixture(scope="session")
def api(embedded_cluster: object) -> Api:
    """The embedded cluster, with one simulated node."""
    found = Api(Path(embedded_cluster.kubeconfig))  # type: ignore[attr-defined]
    node = f"contract-{uuid.uuid4().hex[:8]}"
    found.create(
        "/api/v1/nodes",
        {
            "metadata": {
                "name": node,
                "labels": {"kubernetes.io/hostname": node, "kubernetes.io/os": "linux"},
                "annotations": {
                    "kwok.x-k8s.io/node": "fake",
                    "sim.slate.dev/capacity": json.dumps(
                        {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "500"}
                    ),
                },
            }
        },
    )
    wait_until(lambda: (found.get(f"/api/v1/nodes/{node}") or {})["status"].get("allocatable"))
    return found


@pytest.fixture(scope="session")
def pulumi_environment(tmp_path_factory: pytest.TempPathFactory, tool_path: str) -> Iterator[dict[str, str]]:
    """The environment of every Pulumi run, with the provider under test installed.

    That is what SLATE_KUBERNETES_PROVIDER names, a binary or a plugin folder; else the one in the clone's PULUMI_HOME.
    The offline provider is installed anew from its source, so that its tests see the source.
    """
    known = toolchain_environment()  # names the user to Pulumi also where the system does not, as in many containers
    environment = {
        "PATH": tool_path,
        "USER": known["USER"],
        "HOME": known["HOME"],
        "SLATE_PROVIDER_PYTHON": sys.executable,
        "PULUMI_CONFIG_PASSPHRASE": "contract",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        **options.variables({}, own_backend=True),  # the engine asks a provider as it does under `make`
    }
    given = os.environ.get("SLATE_KUBERNETES_PROVIDER")
    patch = pytest.MonkeyPatch()
    for name, value in environment.items():
        patch.setenv(name, value)
    installed = [p for p in PULUMI_HOME.glob("plugins/resource-kubernetes-v*") if p.is_dir()]
    if not given and any(not (plugin / "provider" / "servicer.py").exists() for plugin in installed):
        home = PULUMI_HOME
    else:
        home = install(tmp_path_factory.mktemp("pulumi"), Path(given) if given else OFFLINE, environment)
    environment["PULUMI_HOME"] = str(home)
    patch.setenv("PULUMI_HOME", str(home))
    yield environment
    patch.undo()


@pytest.fixture
def contract(api: Api, pulumi_environment: dict[str, str], tmp_path: Path) -> Iterator[Contract]:
    """A namespace and stacks for one test."""
    with namespace(api) as name:
        yield Contract(tmp_path, api, pulumi_environment, name)
    forget_aborted_programs()
