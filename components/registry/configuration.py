"""The registry's configuration files: one to pull with, two to push with, one to collect with.

Source: CNCF distribution 3, "Configuring a registry" and "Garbage collection".
"""

from typing import Any

import yaml

from components import labels

DATA = "/var/lib/registry"
CONFIGURATION = "/etc/registry/config"
ACCOUNTS = "/etc/registry/accounts"
CERTIFICATE = "/etc/registry/tls"
MODE = "/etc/registry/mode"
RUN = "/run/registry"

WRITABLE, READ_ONLY = "writable", "read-only"
METRICS_PULL, METRICS_PUSH = 5010, 5011


def files() -> dict[str, str]:
    """The configuration files by name."""
    return {
        "pull.yml": _text(_serving(labels.PORT_REGISTRY, METRICS_PULL, read_only=True)),
        f"push-{WRITABLE}.yml": _text(_serving(labels.PORT_REGISTRY_PUSH, METRICS_PUSH, read_only=False)),
        f"push-{READ_ONLY}.yml": _text(_serving(labels.PORT_REGISTRY_PUSH, METRICS_PUSH, read_only=True)),
        "collect.yml": _text({"version": 0.1, "log": {"level": "warn"}, "storage": _storage(read_only=True)}),
    }


def _serving(port: int, metrics: int, *, read_only: bool) -> dict[str, Any]:
    return {
        "version": 0.1,
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": True}},
        "storage": _storage(read_only=read_only),
        "auth": {"htpasswd": {"realm": "slate", "path": f"{ACCOUNTS}/htpasswd"}},
        "http": {
            "addr": f":{port}",
            "draintimeout": "30s",
            "relativeurls": True,  # both ports serve under whatever name they were asked at
            "tls": {"certificate": f"{CERTIFICATE}/tls.crt", "key": f"{CERTIFICATE}/tls.key"},
            "debug": {"addr": f":{metrics}", "prometheus": {"enabled": True, "path": "/metrics"}},
            "headers": {"X-Content-Type-Options": ["nosniff"]},
        },
        "health": {"storagedriver": {"enabled": True, "interval": "10s", "threshold": 3}},
    }


def _storage(*, read_only: bool) -> dict[str, Any]:
    """No cache of blob descriptors: it would go on offering what a collection has deleted."""
    purging = {"enabled": not read_only, "age": "168h", "interval": "24h", "dryrun": False}
    return {
        "filesystem": {"rootdirectory": DATA},
        "delete": {"enabled": not read_only},
        "maintenance": {"uploadpurging": purging, "readonly": {"enabled": read_only}},
    }


def _text(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False)
