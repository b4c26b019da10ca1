"""Facts read from the cluster: the real kubectl against a small API server that answers as Kubernetes does."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from components import observation
from components.homes import Home
from tools.paths import VENV

CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {
        "name": "home-alice-0",
        "namespace": "ws-vision",
        "labels": {
            "app.kubernetes.io/part-of": "slate",
            "slate.dev/workspace": "alice",
            "slate.dev/user": "alice",
        },
        "annotations": {"slate.dev/home-size": "20Gi"},
    },
    "spec": {"resources": {"requests": {"storage": "20Gi"}}},
}
NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "n1", "labels": {"pool": "gpu"}},
    "spec": {"taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]},
    "status": {"allocatable": {"nvidia.com/gpu": "4"}},
}
RESOURCES = [
    {"name": "persistentvolumeclaims", "kind": "PersistentVolumeClaim", "namespaced": True},
    {"name": "nodes", "kind": "Node", "namespaced": False},
]


class Api(BaseHTTPRequestHandler):
    """Discovery and two lists."""

    asked: list[dict[str, list[str]]] = []  # noqa: RUF012 - reset by the fixture
    refuse = False

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.refuse and url.path.startswith("/api/v1/"):
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
            return self._answer({**status, "message": "nodes is forbidden: User cannot list"}, 403)
        lists: dict[str, Any] = {
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
            "/api/v1": {
                "kind": "APIResourceList",
                "groupVersion": "v1",
                "resources": [{**item, "singularName": "", "verbs": ["get", "list"]} for item in RESOURCES],
            },
            "/api/v1/persistentvolumeclaims": {"kind": "List", "apiVersion": "v1", "items": [CLAIM]},
            "/api/v1/nodes": {"kind": "List", "apiVersion": "v1", "items": [NODE]},
        }
        if url.path.startswith("/api/v1/"):
            type(self).asked.append(parse_qs(url.query))
        return self._answer(lists.get(url.path, {}), 200 if url.path in lists else 404)

    def _answer(self, body: Any, status: int) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Api]]:
    if not (VENV / "bin" / "kubectl").exists() and not shutil.which("kubectl"):
        pytest.skip("needs kubectl: run `python3 -m tools.bootstrap ensure`")
    Api.asked, Api.refuse = [], False
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": ""}}],
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(config))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        monkeypatch.setenv("HOME", str(tmp_path))  # where kubectl keeps its discovery cache
        monkeypatch.setenv("PATH", str(VENV / "bin"), prepend=":")
        yield Api
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("api")
def test_homes_are_read_with_owner_size_and_whether_they_have_grown():
    found = observation.read(homes=True, nodes=False)

    assert found.homes == {
        ("ws-vision", "home-alice-0"): Home("ws-vision", "home-alice-0", owner="alice", size="20Gi", grown=True)
    }
    assert found.nodes is None


def test_only_homes_of_slate_are_asked_for(api):
    observation.read(homes=True, nodes=False)

    assert api.asked[0]["labelSelector"] == ["app.kubernetes.io/part-of=slate,slate.dev/workspace"]


@pytest.mark.usefixtures("api")
def test_nodes_are_read_with_labels_taints_and_allocatable():
    found = observation.read(homes=False, nodes=True)

    assert found.nodes == (
        {
            "name": "n1",
            "labels": {"pool": "gpu"},
            "taints": NODE["spec"]["taints"],
            "allocatable": {"nvidia.com/gpu": "4"},
        },
    )


def test_nothing_is_asked_when_nothing_is_wanted(api):
    observation.read(homes=False, nodes=False)

    assert api.asked == []


def test_refusal_of_the_cluster_is_told_with_the_way_on(api):
    api.refuse = True

    with pytest.raises(observation.ObservationError, match=r"cannot read nodes .*forbidden.*Check KUBECONFIG"):
        observation.read(homes=False, nodes=True)


@pytest.mark.usefixtures("api")
def test_unknown_context_is_told():
    with pytest.raises(observation.ObservationError, match="nowhere"):
        observation.read(homes=True, nodes=False, context="nowhere")


def test_missing_kubectl_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(observation.ObservationError, match="kubectl is not on PATH"):
        observation.read(homes=True, nodes=False)


@pytest.mark.parametrize(
    ("handlers", "known"),
    [
        (None, {}),
        ([{"name": "gvisor", "features": {"userNamespaces": True}}], {}),
        ([{"name": "", "features": {"userNamespaces": True}}], {"user_namespaces": True}),
        ([{"features": {"userNamespaces": False}}], {"user_namespaces": False}),
    ],
)
def test_whether_a_node_has_user_namespaces_is_what_its_default_runtime_says(handlers, known):
    node = observation.parse_node({"metadata": {"name": "n1"}, "status": {"runtimeHandlers": handlers}})

    assert {key: value for key, value in node.items() if key == "user_namespaces"} == known
