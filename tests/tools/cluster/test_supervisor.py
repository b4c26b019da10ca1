import datetime
import os
import signal

import pytest

from tests.tools.cluster.support import NAMESPACES, fake_binaries, pids, supervisor_of
from tools.cluster import Cluster, ClusterError, plan

pytestmark = pytest.mark.cluster


def test_a_component_that_dies_is_started_again_and_reported(shared, connect, until):
    cluster, directory = shared
    before = cluster.status()
    restarts = {component.name: component.restarts for component in before.components}

    for name in ("kube-scheduler", "kube-apiserver"):
        os.kill(pids(before)[name], signal.SIGKILL)
        until(
            f"{name} is another process", lambda name=name: pids(cluster.status())[name] not in (0, pids(before)[name])
        )
    after = until("all is well", lambda: (status := cluster.status()).state == "running" and status)

    assert {c.name: c.restarts - restarts[c.name] for c in after.components} == {
        "etcd": 0,
        "kube-apiserver": 1,
        "kube-controller-manager": 0,
        "kube-scheduler": 1,
        "kwok": 0,
    }
    log = (directory / "logs" / "supervisor.log").read_text()
    assert "kube-apiserver was ended by SIGKILL" in log
    assert "kube-scheduler started again (restart 1)" in log
    assert connect(directory).get(f"{NAMESPACES}/default") is not None


def test_the_supervisor_has_left_the_terminal_and_ignores_its_end(shared):
    cluster, directory = shared
    supervisor = supervisor_of(directory)

    os.kill(supervisor, signal.SIGHUP)
    status = cluster.status()

    assert os.getsid(supervisor) != os.getsid(0)
    assert status.state == "running"
    assert supervisor_of(directory) == supervisor


def test_after_the_supervisor_was_killed_nothing_is_left_and_up_works(own, connect, processes_of, until):
    cluster, directory = own
    cluster.up(report=lambda _: None)
    connect(directory).create(NAMESPACES, {"metadata": {"name": "kept"}})

    os.kill(supervisor_of(directory), signal.SIGKILL)
    until("the components have ended with it", lambda: not processes_of(directory))
    stopped = cluster.status()
    again = cluster.up(report=lambda _: None)

    assert stopped.state == "stopped"
    assert again.state == "running"
    assert connect(directory).get(f"{NAMESPACES}/kept") is not None


def test_a_component_that_keeps_dying_at_the_start_is_told_with_the_end_of_its_log(tmp_path, binaries, processes_of):
    directory = tmp_path / "cluster"
    broken = fake_binaries(tmp_path / "bin", binaries, etcd="echo the disk is on fire; exit 7")
    cluster = Cluster(directory, broken)

    with pytest.raises(ClusterError) as raised:
        cluster.up(report=lambda _: None)

    message = str(raised.value)
    assert "etcd ended with exit status 7, for the 5th time in a row" in message
    assert "the disk is on fire" in message
    assert cluster.status().state == "stopped"
    assert "the disk is on fire" in cluster.status().message
    assert processes_of(directory) == {}
    cluster.down()
    assert cluster.status().message == ""


def test_a_component_that_is_given_up_degrades_the_cluster_and_up_repairs_it(tmp_path, binaries, until):
    directory, switch = tmp_path / "cluster", tmp_path / "broken"
    real = (binaries / "kube-scheduler").absolute()
    script = f'[ -e {switch} ] && {{ echo out of order; exit 1; }}\nexec {real} "$@"'
    cluster = Cluster(directory, fake_binaries(tmp_path / "bin", binaries, **{"kube-scheduler": script}))
    try:
        before = cluster.up(report=lambda _: None)
        switch.touch()
        os.kill(pids(before)["kube-scheduler"], signal.SIGKILL)
        degraded = until(
            "it is given up",
            lambda: (status := cluster.status()) and "failed" in {c.state for c in status.components} and status,
        )
        switch.unlink()
        said: list[str] = []
        repaired = cluster.up(report=said.append)
    finally:
        cluster.down()

    assert degraded.state == "degraded"
    assert "kube-scheduler ended with exit status 1" in degraded.message
    assert "out of order" in degraded.message
    assert pids(degraded)["kube-apiserver"] == pids(before)["kube-apiserver"]
    assert repaired.state == "running"
    assert any("starting anew, because of this" in line for line in said)


def test_a_running_cluster_renews_its_certificates_in_time(own, monkeypatch, until):
    cluster, directory = own
    prepare = plan.prepare

    def prepare_for_a_moment(*arguments):
        prepare(*arguments)
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=8)

    monkeypatch.setattr(plan, "prepare", prepare_for_a_moment)
    before = cluster.up(report=lambda _: None)
    supervisor = supervisor_of(directory)

    log = directory / "logs" / "supervisor.log"
    until("it renews them", lambda: "certificates are about to expire" in log.read_text())
    after = until("it is ready again", lambda: (status := cluster.status()).state == "running" and status)

    assert supervisor_of(directory) == supervisor
    assert not set(pids(before).values()) & set(pids(after).values())
    assert cluster.kubeconfig.exists()
