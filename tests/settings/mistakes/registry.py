"""Registries."""

from tests.settings.examples import DIGEST, drop, put, together
from tests.settings.mistakes.table import Mistake

SERVER = {
    "image": f"registry.example.com/distribution@{DIGEST}",
    "pullFrom": ["10.0.0.0/16"],
    "pushFrom": ["10.1.0.0/28"],
}

REGISTRY = [
    Mistake(
        "registry without host",
        drop("registry.host"),
        "registry.host",
        None,
        "registry.example.com:5000",
        "add the key host",
        "with type external",
    ),
    Mistake(
        "registry of unknown type",
        put("registry.type", "harbor"),
        "registry.type",
        '"harbor"',
        "local, cluster or external",
        "write local",
    ),
    Mistake(
        "registry in the cluster without server",
        put("registry.type", "cluster"),
        "registry.server",
        None,
        "image, pullFrom, pushFrom",
        "add it",
    ),
    Mistake(
        "server of a registry elsewhere",
        put("registry.server", SERVER),
        "registry.server",
        "a mapping with image",
        "type: cluster",
        "remove it",
        "no use with type external",
    ),
    Mistake(
        "registry that nobody may push to",
        together(put("registry.type", "cluster"), put("registry.server", {**SERVER, "pushFrom": []})),
        "registry.server.pushFrom",
        "an empty list",
        "at least one network",
        "add a network",
    ),
    Mistake(
        "push host a URL",
        put("registry.pushHost", "https://registry.example.com:5001"),
        "registry.pushHost",
        "https://",
        "host in lower case",
        "host alone",
    ),
]
