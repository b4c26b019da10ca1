"""The cluster's API server, as a program in one of its pods knows it."""

import os
from pathlib import Path

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ApiError(Exception):
    """The API server did not do what it was asked to; the message says what and why.

    Attributes:
        status: HTTP status of its answer; 0 if there was none.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def of_this_pod() -> tuple[str, Path, Path]:
    """Its address, and the files with the token of the pod's account and with the certificate authority.

    Raises:
        ApiError: This is no pod.
    """
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise ApiError("this is not a pod of a cluster (KUBERNETES_SERVICE_HOST is not set); give --server")
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}:{port}", ACCOUNT / "token", ACCOUNT / "ca.crt"
