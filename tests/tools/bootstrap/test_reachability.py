import socket
import time

import pytest

from tools.bootstrap.reachability import HOSTS, Reachability

# Names that never resolve (RFC 2606).
NOWHERE = {host.variable: f"https://{name}.invalid" for name, host in HOSTS.items()}


def test_a_host_that_answers_has_no_problem_whatever_it_answers(server) -> None:
    hosts = Reachability({"SLATE_MIRROR_PULUMI": server.address}, offline=False)

    assert hosts.problem("pulumi") == ""


def test_a_host_is_asked_once(server) -> None:
    hosts = Reachability({"SLATE_MIRROR_PULUMI": server.address}, offline=False)

    for _ in range(3):
        hosts.problem("pulumi")

    assert server.requests == ["HEAD /"]


def test_a_name_that_does_not_resolve_is_a_problem() -> None:
    hosts = Reachability(NOWHERE, offline=False)

    assert hosts.problem("pulumi") != ""


def test_a_closed_port_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    hosts = Reachability({"SLATE_MIRROR_GITHUB": f"http://127.0.0.1:{port}"}, offline=False)

    assert "refused" in hosts.problem("github")


def test_a_server_that_says_something_else_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hosts = Reachability({"SLATE_MIRROR_GITHUB": f"http://127.0.0.1:{listener.getsockname()[1]}"}, offline=False)
        hosts.start(["github"])
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")
            assert "not an HTTP answer" in hosts.problem("github")


def test_silent_hosts_are_waited_for_together(silent_server: str) -> None:
    environ = {host.variable: silent_server for host in HOSTS.values()}
    hosts = Reachability(environ, offline=False, seconds=1)
    hosts.start(HOSTS)
    deadlines = {name: hosts._probes[name][1] for name in HOSTS}

    problems = {name: hosts.problem(name) for name in HOSTS}

    assert all(problems.values())
    # One time-out for all of them: the later answers were not waited for anew.
    assert max(deadlines.values()) - min(deadlines.values()) < 1


def test_a_failure_is_remembered(server) -> None:
    hosts = Reachability({"SLATE_MIRROR_PULUMI": server.address}, offline=False)
    assert hosts.problem("pulumi") == ""

    hosts.failed("pulumi", "broke off")

    assert hosts.problem("pulumi") == "broke off"


def test_offline_asks_nobody(server) -> None:
    hosts = Reachability({"SLATE_MIRROR_PULUMI": server.address}, offline=True)
    hosts.start(["pulumi"])

    assert "SLATE_OFFLINE" in hosts.problem("pulumi")
    time.sleep(0.1)
    assert server.requests == []


def test_hosts_are_named_as_the_user_knows_them() -> None:
    hosts = Reachability({"SLATE_MIRROR_KUBERNETES": "https://mirror.example/kubernetes/"}, offline=False)

    assert hosts.host("pulumi") == "get.pulumi.com"
    assert hosts.host("kubernetes") == "mirror.example"
    assert hosts.base("kubernetes") == "https://mirror.example/kubernetes"
