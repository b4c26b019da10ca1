"""How a pod finds its cluster's API server."""

import pytest

from services.api_server import ACCOUNT, ApiError, of_this_pod


@pytest.mark.parametrize(
    ("host", "port", "server"),
    [
        ("10.0.0.1", "6443", "https://10.0.0.1:6443"),
        ("10.0.0.1", None, "https://10.0.0.1:443"),
        ("fd00::1", "443", "https://[fd00::1]:443"),
    ],
)
def test_address_and_account_are_those_of_the_pod(monkeypatch, host: str, port: str | None, server: str):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.delenv("KUBERNETES_SERVICE_PORT", raising=False)
    if port:
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)

    assert of_this_pod() == (server, ACCOUNT / "token", ACCOUNT / "ca.crt")


def test_outside_a_cluster_it_asks_for_the_server(monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(ApiError, match=r"this is not a pod of a cluster .* give --server") as told:
        of_this_pod()

    assert told.value.status == 0
