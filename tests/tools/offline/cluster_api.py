"""The API server as another client sees it, and manifests for the tests."""

import base64
import json
import ssl
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"

Object = Any  # a manifest; the SDK's typed dictionaries would be in the way of tests


class ApiError(Exception):
    """A refusal of the API server."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The API server as another client sees it, independent of the provider under test."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.server = cluster["server"]
        self._tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.TemporaryDirectory() as private:
            certificate, key = Path(private) / "certificate", Path(private) / "key"
            certificate.write_bytes(base64.b64decode(user["client-certificate-data"]))
            key.write_bytes(base64.b64decode(user["client-key-data"]))
            self._tls.load_cert_chain(certificate, key)

    def request(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Object:
        """Send one request; raise ApiError on a refusal."""
        request = urllib.request.Request(  # noqa: S310 - the server of the embedded cluster
            self.server + path,
            None if body is None else json.dumps(body).encode(),
            {"Accept": "application/json", "Content-Type": content_type},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._tls) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as err:
            with err:
                raise ApiError(err.code, err.read().decode(errors="replace")) from None

    def get(self, path: str) -> Object:
        """The object, or None."""
        try:
            return self.request("GET", path)
        except ApiError as err:
            if err.status == 404:
                return None
            raise

    def create(self, path: str, body: Object) -> Object:
        """Create an object in the collection at `path`."""
        return self.request("POST", path, body)

    def merge(self, path: str, body: Object, manager: str = "someone-else") -> Object:
        """Change an object by a merge patch, as a controller would."""
        return self.request("PATCH", f"{path}?fieldManager={manager}", body, MERGE)

    def apply(self, path: str, body: Object, manager: str) -> Object:
        """Server-side apply by another manager, taking fields over."""
        return self.request("PATCH", f"{path}?fieldManager={manager}&force=true", body, APPLY)

    def scale(self, path: str, replicas: int) -> None:
        """Set the number of replicas through the scale subresource, as an autoscaler does."""
        self.request("PATCH", f"{path}/scale?fieldManager=scaler", {"spec": {"replicas": replicas}}, MERGE)

    def delete(self, path: str) -> None:
        """Ask for deletion; the object may be gone already."""
        try:
            self.request("DELETE", path)
        except ApiError as err:
            if err.status != 404:
                raise


def wait_until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition and return its value; fail after a generous while."""
    end = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.1)


@contextmanager
def namespace(api: Api, **labels: str) -> Iterator[str]:
    """A namespace of one's own; its deletion is not waited for."""
    name = f"contract-{uuid.uuid4().hex[:8]}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    wait_until(lambda: api.get(f"/api/v1/namespaces/{name}/serviceaccounts/default"))
    try:
        yield name
    finally:
        api.delete(f"/api/v1/namespaces/{name}")


# --- manifests -----------------------------------------------------------


def pod_template(label: str, **extra: Any) -> Object:
    """A Pod template that a simulated node runs."""
    labels = {"app": label, **extra.pop("labels", {})}
    container = {"name": "main", "image": "example.org/none@sha256:" + "0" * 64, **extra}
    return {"metadata": {"labels": labels}, "spec": {"containers": [container], "terminationGracePeriodSeconds": 0}}


def workload(label: str, **spec: Any) -> Object:
    """The specification of a StatefulSet, Deployment or DaemonSet."""
    return {"selector": {"matchLabels": {"app": label}}, "template": pod_template(label), **spec}
