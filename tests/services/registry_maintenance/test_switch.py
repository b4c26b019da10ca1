"""The switch of the registry's mode, against an API server of the test's own."""

import datetime
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.api_server import ApiError
from services.registry_maintenance import switch as switching
from services.registry_maintenance.__main__ import main
from services.registry_maintenance.api import Api
from services.registry_maintenance.switch import Registry, SwitchError, switch

REGISTRY = Registry("slate-system", "registry-mode", "registry-0", "push")


class Cluster:
    """The two objects that the switch knows, and a kubelet that restarts the container when the mode changes."""

    def __init__(self) -> None:
        self.mode = "writable"
        self.annotations: dict[str, str] = {}
        self.started = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        self.restarts = 0
        self.kubelet = True
        self.asked: list[tuple[str, str]] = []

    def config_map(self) -> dict[str, Any]:
        return {"metadata": {"annotations": self.annotations}, "data": {"mode": self.mode}}

    def pod(self) -> dict[str, Any]:
        status = {
            "name": "push",
            "ready": True,
            "containerID": f"containerd://{self.restarts}",
            "state": {"running": {"startedAt": self.started.strftime("%Y-%m-%dT%H:%M:%SZ")}},
        }
        other = {"name": "pull", "ready": True, "containerID": "containerd://pull", "state": {}}
        return {"status": {"containerStatuses": [other, status]}}

    def patch(self, change: dict[str, Any]) -> None:
        self.mode = change["data"]["mode"]
        self.annotations |= change["metadata"]["annotations"]
        if self.kubelet:
            self.restart()

    def restart(self) -> None:
        self.restarts += 1
        self.started = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def cluster(monkeypatch) -> Cluster:
    monkeypatch.setattr(switching, "POLL_SECONDS", 0.01)
    return Cluster()


@pytest.fixture
def server(cluster) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cluster.asked.append(("GET", self.path))
            found = {REGISTRY.mode_path: cluster.config_map, REGISTRY.pod_path: cluster.pod}.get(self.path)
            self.answer(200 if found else 404, found() if found else {})

        def do_PATCH(self) -> None:
            cluster.asked.append(("PATCH", self.path))
            assert self.headers["Content-Type"] == "application/merge-patch+json"
            cluster.patch(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(200, cluster.config_map())

        def answer(self, code: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def command(server: str, mode: str, *more: str) -> list[str]:
    where = ["--namespace", "slate-system", "--config-map", "registry-mode", "--pod", "registry-0"]
    return [mode, *where, "--container", "push", "--server", server, "--timeout-seconds", "5", *more]


def test_switch_ends_when_the_container_has_restarted(cluster, server):
    assert main(command(server, "read-only")) == 0

    assert (cluster.mode, cluster.restarts) == ("read-only", 1)
    assert {path for _, path in cluster.asked} == {REGISTRY.mode_path, REGISTRY.pod_path}


def test_there_and_back(cluster, server, tmp_path):
    (tmp_path / "result").write_text("0\n")

    assert main(command(server, "read-only")) == 0
    assert main(command(server, "writable", "--result", str(tmp_path / "result"))) == 0

    assert (cluster.mode, cluster.restarts) == ("writable", 2)


@pytest.mark.parametrize("content", ["1\n", "143\n", "", None])
def test_a_failed_collection_still_ends_writable_and_is_a_failure(cluster, server, tmp_path, content, capsys):
    cluster.mode = "read-only"
    if content is not None:
        (tmp_path / "result").write_text(content)

    assert main(command(server, "writable", "--result", str(tmp_path / "result"))) == 1

    assert cluster.mode == "writable"
    assert "collection" in capsys.readouterr().err


def test_a_container_that_does_not_restart_in_time_is_no_success(cluster, server):
    cluster.kubelet = False

    with pytest.raises(SwitchError, match=r"has not restarted within 0 s, so the registry may not be read-only yet"):
        switch(Api(server), REGISTRY, "read-only", timeout_seconds=0.1)


def test_what_could_not_be_switched_is_put_back(cluster, server, capsys):
    cluster.kubelet = False

    assert main([*command(server, "read-only"), "--timeout-seconds", "0.1"]) == 1

    assert cluster.mode == "writable"
    assert "has not restarted" in capsys.readouterr().err


def test_a_second_run_in_the_same_mode_trusts_only_a_container_started_since(cluster, server):
    cluster.kubelet = False
    cluster.mode = "read-only"
    cluster.annotations[switching.SINCE] = "2026-01-02T00:00:00+00:00"

    with pytest.raises(SwitchError):
        switch(Api(server), REGISTRY, "read-only", timeout_seconds=0.1)

    cluster.restart()
    switch(Api(server), REGISTRY, "read-only", timeout_seconds=5)


def test_a_mode_that_never_changed_needs_no_restart(cluster, server):
    assert main(command(server, "writable")) == 0
    assert cluster.restarts == 0


def test_a_refusal_of_the_api_server_is_one_message(server, capsys):
    arguments = command(server, "writable")
    arguments[arguments.index("registry-mode")] = "elsewhere"

    assert main(arguments) == 1

    assert "configmaps/elsewhere: the API server answers 404" in capsys.readouterr().err


def test_an_unreachable_api_server_is_one_message(capsys):
    assert main(command("http://127.0.0.1:1", "writable")) == 1

    assert "GET /api/v1/namespaces/slate-system/configmaps/registry-mode" in capsys.readouterr().err


def test_outside_a_cluster_it_asks_for_the_server(monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(ApiError, match="this is not a pod of a cluster"):
        Api.of_this_pod()
