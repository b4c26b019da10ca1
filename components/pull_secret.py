"""The Secret that images are pulled with, from the registry's account."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from pulumi import Input, Output

from components import labels
from components.objects import Manifest


def docker_configuration(host: str, username: str, password: str) -> str:
    """Docker's configuration for one account, as an image pull Secret holds it."""
    both = base64.b64encode(f"{username}:{password}".encode()).decode()
    return json.dumps({"auths": {host: {"username": username, "password": password, "auth": both}}})


def pull_secret(metadata: Mapping[str, Any], configuration: Input[str]) -> Manifest:
    """The Secret.

    Args:
        metadata: Of the Secret; its name is the one that pods name.
        configuration: Docker's configuration; kept secret.
    """
    encoded = Output.secret(configuration).apply(lambda text: base64.b64encode(text.encode()).decode())
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**metadata, "name": labels.PULL_SECRET},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": encoded},
    }
