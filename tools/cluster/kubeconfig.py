"""Kubeconfig files, self-contained: certificates and keys are inside."""

import base64
import json
from pathlib import Path

CONTEXT = "slate-embedded"


def document(server: str, authority: Path, user: str, certificate: Path, key: Path) -> str:
    """Returns the text of a kubeconfig (JSON, which is YAML) for one identity.

    Args:
        server: Address of the API server, such as https://127.0.0.1:21234.
        authority: Certificate of the authority that the server's certificate is checked against.
        user: Name of the identity within the file.
        certificate: Client certificate of the identity.
        key: Its private key.
    """
    return (
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": CONTEXT,
                "clusters": [
                    {"name": CONTEXT, "cluster": {"server": server, "certificate-authority-data": _encoded(authority)}}
                ],
                "users": [
                    {
                        "name": user,
                        "user": {"client-certificate-data": _encoded(certificate), "client-key-data": _encoded(key)},
                    }
                ],
                "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": user}}],
            },
            indent=2,
        )
        + "\n"
    )


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
