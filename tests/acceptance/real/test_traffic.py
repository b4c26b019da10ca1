"""What a workspace can reach, by attempts from inside: first with all network policies removed, then with them.

A way that is closed proves nothing unless it leads somewhere, so each one is shown to be answered first. What has no
server in the embedded cluster (the internet, a cloud's metadata service) is played by a network beyond the node.
"""

import json
from collections.abc import Iterator

import pytest

from components import restricted
from tests.acceptance.beyond import beyond
from tests.acceptance.clone import eventually
from tests.acceptance.real_clone import RealClone
from tests.acceptance.traffic import OPENED, Way, attempt, check_page, table, without_policies
from tools.local import Local
from tools.node.network import API_PORT
from tools.paths import ROOT

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

METADATA, INTERNET = "169.254.169.254", "203.0.113.10"
ERIN = ("ws-language", "erin-0")
SERVER = "import http.server as h; h.ThreadingHTTPServer(('', 8100), h.SimpleHTTPRequestHandler).serve_forever()"


@pytest.fixture(scope="module")
def neighbour(clone: RealClone) -> Iterator[str]:
    """The address of another program of the platform, which listens on the mirror's port."""
    name, namespace = "neighbour", "slate-system"
    mirror = clone.get("pods", "--namespace", namespace, "--selector", "app.kubernetes.io/component=conda-mirror")
    image = mirror["items"][0]["spec"]["containers"][0]["image"]
    clone.kubectl("run", name, f"--namespace={namespace}", f"--image={image}", f"--overrides={json.dumps(_pod(image))}")
    eventually(lambda: clone.get("pod", name, "--namespace", namespace)["status"]["phase"] == "Running", "it runs")
    yield clone.get("pod", name, "--namespace", namespace)["status"]["podIP"]
    clone.kubectl("delete", "pod", name, "--namespace", namespace, "--grace-period=1")


def _pod(image: str) -> dict:
    container = restricted.container("neighbour", image, ["python", "-c", SERVER], {}, memory="64Mi", cpu="10m")
    return {"apiVersion": "v1", "spec": restricted.pod([container], [])}


@pytest.fixture(scope="module")
def ways(clone: RealClone, neighbour: str) -> list[Way]:
    """Every way out that the table lists."""
    status = clone.node.status()
    node = status.address
    carol, erin = _address(clone, "ws-vision", "carol-0"), _address(clone, *ERIN)
    local = Local(clone.slate / "local", clone.slate / "bin").status()
    measuring = clone.watching.status().prometheus
    registry, mirror = (int(url.rstrip("/").rpartition(":")[2]) for url in (local.registry, local.mirror))
    return [
        Way("another workspace of its project, JupyterLab", "its pod, port 8888", carol, 8888),
        Way("another workspace of its project, SSH", "its pod, port 2222", carol, 2222),
        Way("a workspace of another project, JupyterLab", "its pod, port 8888", erin, 8888),
        Way("a workspace of another project, SSH", "its pod, port 2222", erin, 2222),
        Way("API server, as a Service", "10.96.0.1, port 443", "10.96.0.1", 443),
        Way("API server, at the node's address", "the node, port 6443", node, API_PORT),
        Way("kubelet", "the node, port 10250", node, 10250),
        Way("front door, at the node's address", "the node, its port", node, clone.door),
        Way("registry that images are pulled from", "the node, its port", node, registry),
        Way("conda mirror of the machine", "the node, its port", node, mirror),
        Way("Prometheus of the machine", "the node, its port", node, int(measuring.rpartition(":")[2])),
        Way("another program of the platform", "its pod, port 8100", neighbour, 8100),
        Way("metadata service of a cloud", f"{METADATA}, port 80", METADATA, 80),
        Way("internet", f"{INTERNET}, port 443", INTERNET, 443),
        Way("internet, plain HTTP", f"{INTERNET}, port 80", INTERNET, 80),
        Way("a place that another project's `egress` opens", f"{OPENED}, port 443", OPENED, 443),
        Way("a place that the project's `egress` opens", f"{OPENED}, port 443", OPENED, 443, True, ERIN),
        Way("the same place, at a port that is not named", f"{OPENED}, port 80", OPENED, 80, False, ERIN),
        Way("DNS of the cluster, UDP", "10.96.0.10, port 53", "10.96.0.10", 53, True, protocol="UDP"),
        Way("DNS of the cluster, TCP", "10.96.0.10, port 53", "10.96.0.10", 53, True),
        Way("conda mirror", "conda-mirror.slate-system.svc, port 8100", "conda-mirror.slate-system.svc", 8100, True),
    ]


def _address(clone: RealClone, namespace: str, pod: str) -> str:
    return clone.get("pod", pod, "--namespace", namespace)["status"]["podIP"]


def test_only_names_packages_and_what_settings_open_are_reached(clone, ways):
    with beyond(clone.node, [METADATA, INTERNET, OPENED], [80, 443]):
        with without_policies(clone):
            eventually(lambda: attempt(clone, ways[:1])[ways[0]], "policies are gone")
            removed = attempt(clone, ways)
        eventually(lambda: not attempt(clone, ways[:1])[ways[0]], "policies are there again")
        enforced = attempt(clone, ways)

    assert [way.name for way in ways if not removed[way]] == []
    assert [way.name for way in ways if enforced[way] != way.allowed] == []
    assert clone.changes() == []
    check_page(ROOT / "docs/network.md", table(ways, removed, enforced))
