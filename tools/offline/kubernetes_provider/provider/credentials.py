"""Who we are towards the API server: TLS and the Authorization header, made from a kubeconfig's user."""

import base64
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from . import kubeconfig
from .errors import UnreachableError

TOKEN_FILE_SECONDS = 60  # a mounted token is renewed by the kubelet; read it again this often
PLUGIN_SECONDS = 120


class Credentials:
    """TLS context and request headers of one kubeconfig user."""

    def __init__(self, access: kubeconfig.Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._token: str | None = None
        self._expires = 0.0
        self._tls: ssl.SSLContext | None = None

    def tls(self) -> ssl.SSLContext:
        """The context for a connection."""
        with self._lock:
            if self._tls is None:
                self._refresh_if_due()
                self._tls = self._tls or self._make_tls(self._access.user)
            return self._tls

    def headers(self) -> dict[str, str]:
        """The Authorization header, if the user has one."""
        user = self._access.user
        with self._lock:
            self._refresh_if_due()
        if self._token:
            return {"Authorization": f"Bearer {self._token}"}
        if user.get("username"):
            pair = f"{user['username']}:{user.get('password', '')}".encode()
            return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        return {}

    def rejected(self) -> bool:
        """Forget a rejected token; whether it is worth asking again."""
        renewable = "exec" in self._access.user or "tokenFile" in self._access.user
        with self._lock:
            self._expires = 0.0
        return renewable

    def _refresh_if_due(self) -> None:
        user = self._access.user
        if time.time() < self._expires:
            return
        if user.get("token"):
            self._token, self._expires = user["token"], float("inf")
        elif user.get("tokenFile"):
            path = self._access.folder / user["tokenFile"]
            self._token, self._expires = path.read_text().strip(), time.time() + TOKEN_FILE_SECONDS
        elif user.get("exec"):
            self._run_plugin(user["exec"])
        else:
            self._expires = float("inf")

    def _run_plugin(self, plugin: dict[str, Any]) -> None:
        """Ask an exec plugin (client.authentication.k8s.io) for a token or a certificate."""
        request: dict[str, Any] = {
            "apiVersion": plugin.get("apiVersion", "client.authentication.k8s.io/v1"),
            "kind": "ExecCredential",
            "spec": {"interactive": False},
        }
        if plugin.get("provideClusterInfo"):
            request["spec"]["cluster"] = self._access.cluster
        extra = {pair["name"]: pair["value"] for pair in plugin.get("env") or []}
        command = plugin["command"]
        if os.sep in command:  # a relative path counts from the kubeconfig's folder
            command = str(self._access.folder / command)
        try:
            run = subprocess.run(
                [command, *(plugin.get("args") or [])],
                env={**os.environ, **extra, "KUBERNETES_EXEC_INFO": json.dumps(request)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PLUGIN_SECONDS,
                check=True,
            )
            status = json.loads(run.stdout)["status"]
        except (OSError, subprocess.SubprocessError, ValueError, KeyError) as err:
            detail = getattr(err, "stderr", None) or b""
            raise UnreachableError(
                f'the credential plugin "{plugin["command"]}" of the kubeconfig failed: {err} '
                + detail.decode(errors="replace").strip()
            ) from err
        self._token = status.get("token")
        until = status.get("expirationTimestamp")
        self._expires = datetime.fromisoformat(until).timestamp() if until else float("inf")
        if status.get("clientCertificateData"):
            pem = {
                "client-certificate-data": base64.b64encode(status["clientCertificateData"].encode()),
                "client-key-data": base64.b64encode(status["clientKeyData"].encode()),
            }
            self._tls = self._make_tls(pem)

    def _make_tls(self, user: dict[str, Any]) -> ssl.SSLContext:
        cluster, folder = self._access.cluster, self._access.folder
        context = ssl.create_default_context()
        if cluster.get("insecure-skip-tls-verify"):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        elif authority := kubeconfig.blob(cluster, "certificate-authority", folder):
            context = ssl.create_default_context(cadata=authority.decode())
        certificate = kubeconfig.blob(user, "client-certificate", folder)
        key = kubeconfig.blob(user, "client-key", folder)
        if certificate and key:
            with tempfile.TemporaryDirectory() as private:  # mode 0700; the ssl module reads files only
                names = []
                for name, pem in (("certificate", certificate), ("key", key)):
                    path = Path(private) / name
                    path.write_bytes(pem)
                    names.append(path)
                context.load_cert_chain(*names)
        return context
