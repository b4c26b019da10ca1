import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading

import pytest
import yaml

from tests.tools.cluster.support import NAMESPACES, pids
from tools.cluster import api, plan
from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.paths import ROOT

pytestmark = pytest.mark.cluster


def command(*arguments: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.cluster", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def test_a_ready_cluster_serves_and_a_second_up_changes_nothing(shared):
    cluster, directory = shared
    before, said = cluster.status(), []

    after = cluster.up(report=said.append)

    assert before.state == after.state == "running"
    assert before.version.startswith("v1.")
    assert before.message == ""
    assert pids(before) == pids(after)
    assert all(pid > 0 for pid in pids(after).values())
    assert said == []
    assert cluster.kubeconfig == after.kubeconfig == directory / "kubeconfig"
    assert stat.S_IMODE(cluster.kubeconfig.stat().st_mode) == 0o600
    assert yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"] == after.server


def test_the_storage_class_is_there_and_the_default(shared, connect):
    _, directory = shared

    found = connect(directory).get("/apis/storage.k8s.io/v1/storageclasses/standard")

    assert found["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert found["volumeBindingMode"] == "WaitForFirstConsumer"


def test_identities_have_their_own_rights_only(shared, connect):
    _, directory = shared

    kwok, scheduler = connect(directory, "kwok"), connect(directory, "kube-scheduler")

    assert kwok.request("GET", "/api/v1/nodes")[0] == 200
    assert kwok.request("GET", "/api/v1/secrets")[0] == 403
    assert kwok.request("DELETE", "/api/v1/namespaces/default")[0] == 403
    assert scheduler.request("GET", "/api/v1/secrets")[0] == 403


def test_the_store_answers_nobody_without_its_own_certificate(shared):
    layout = Layout.of(shared[1])
    planned = Plan.read(layout)
    assert planned is not None
    bare = ssl.create_default_context(cafile=str(layout.pki / "etcd-authority.crt"))
    administrator = ssl.create_default_context(cafile=str(layout.pki / "etcd-authority.crt"))
    administrator.load_cert_chain(str(layout.pki / "administrator.crt"), str(layout.pki / "administrator.key"))
    own = api.client_context(layout.pki / "etcd-authority.crt", layout.pki / "etcd.crt", layout.pki / "etcd.key")

    answers = [api.answers(planned.ports["etcd"], "/health", context) for context in (bare, administrator, own)]

    assert answers == [False, False, True]


def test_two_clusters_side_by_side_do_not_meet(shared, own, connect):
    first, first_directory = shared
    second, second_directory = own

    status = second.up(report=lambda _: None)
    connect(second_directory).create(NAMESPACES, {"metadata": {"name": "only-here"}})

    assert first.status().state == status.state == "running"
    assert first.status().server != status.server
    assert connect(first_directory).get(f"{NAMESPACES}/only-here") is None
    second.down()
    assert first.status().state == "running"


def test_down_leaves_no_process_and_up_finds_the_same_objects_at_the_same_address(own, connect, processes_of):
    cluster, directory = own
    first = cluster.up(report=lambda _: None)
    connect(directory).create(NAMESPACES, {"metadata": {"name": "kept"}})

    cluster.down()
    stopped = cluster.status()
    left = processes_of(directory)
    kubeconfig_left = cluster.kubeconfig.exists()
    again = cluster.up(report=lambda _: None)

    assert stopped.state == "stopped"
    assert left == {}
    assert not kubeconfig_left
    assert again.server == first.server
    assert connect(directory).get(f"{NAMESPACES}/kept") is not None


def test_two_ups_at_once_start_one_cluster(own, processes_of):
    cluster, directory = own
    results = []
    threads = [threading.Thread(target=lambda: results.append(cluster.up(report=lambda _: None))) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [status.state for status in results] == ["running", "running"]
    assert pids(results[0]) == pids(results[1])
    assert sum("tools.cluster.supervise" in command for command in processes_of(directory).values()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_up_leaves_nothing_running(own, binaries, processes_of, number):
    cluster, directory = own
    started = command("up", "--directory", str(directory), "--binaries", str(binaries))
    try:
        assert started.stdout is not None
        while "waiting for kube-apiserver" not in started.stdout.readline():
            assert started.poll() is None
        started.send_signal(number)
        said, _ = started.communicate(timeout=60)
    finally:
        started.kill()
        started.communicate()

    assert started.returncode == 130
    assert said.endswith("interrupted\n")
    assert processes_of(directory) == {}
    assert cluster.status().state == "stopped"
    assert not cluster.kubeconfig.exists()


def test_another_address_when_the_port_was_taken_meanwhile(own):
    cluster, _ = own
    first = cluster.up(report=lambda _: None)
    cluster.down()
    said: list[str] = []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(first.server.rpartition(":")[2])))
        listener.listen()

        again = cluster.up(report=said.append)

    assert again.state == "running"
    assert again.server != first.server
    assert any("is taken, so the API server moves to port" in line for line in said)
    assert yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"] == again.server


def test_up_starts_a_running_cluster_anew_when_its_behaviour_has_changed(own, connect, monkeypatch, tmp_path):
    cluster, directory = own
    before = cluster.up(report=lambda _: None)
    connect(directory).create(NAMESPACES, {"metadata": {"name": "kept"}})
    changed = tmp_path / "stages"
    changed.mkdir()
    for path in plan.STAGES.iterdir():
        (changed / path.name).write_text(path.read_text() + "\n# changed\n")
    monkeypatch.setattr(plan, "STAGES", changed)
    said: list[str] = []

    after = cluster.up(report=said.append)

    assert any("because its programs or its configuration have changed" in line for line in said)
    assert pids(before)["kwok"] != pids(after)["kwok"]
    assert connect(directory).get(f"{NAMESPACES}/kept") is not None


def test_down_with_delete_data_removes_everything(own, connect):
    cluster, directory = own
    cluster.up(report=lambda _: None)
    connect(directory).create(NAMESPACES, {"metadata": {"name": "gone"}})

    cluster.down(delete_data=True)
    left = directory.exists()
    cluster.up(report=lambda _: None)

    assert not left
    assert connect(directory).get(f"{NAMESPACES}/gone") is None
