"""Inputs of `ImageRegistry`."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from pulumi import Input


class ImageRegistryArgs(TypedDict):
    """Inputs of `ImageRegistry`."""

    host: str
    """Host and optional port that images are pulled from; it must lead to the Service `registry`."""
    push_host: NotRequired[str]
    """Host and optional port that images are pushed to (default: `host` at port 5001)."""
    image: Input[str]
    """Image of CNCF distribution 3, by digest."""
    maintenance_image: NotRequired[Input[str]]
    """Image of the platform's programs, by digest: its switch makes the registry read-only while unused data is
    collected (default: nothing is collected)."""
    htpasswd: Input[str]
    """Accounts, one `user:bcrypt hash` a line, as `htpasswd -nB user` writes them."""
    pull_from: Sequence[str]
    """Networks that may pull: those of the nodes."""
    push_from: Sequence[str]
    """Networks that may push: those of the image builders."""
    storage: NotRequired[str]
    """Size of the volume, a quantity (default 200Gi)."""
    storage_class: NotRequired[str]
    """StorageClass of the volume (default: the cluster's)."""
    tls_secret: NotRequired[str]
    """Secret with tls.crt and tls.key (default: made by an issuer of its own; needs cert-manager)."""
    service: NotRequired[str]
    """Kind of Service: `ClusterIP` (default) or `LoadBalancer`."""
    collect: NotRequired[str]
    """Cron schedule, UTC, at which unused data is collected (default `0 2 * * 0`)."""
    pull_secret: NotRequired[str]
    """Secret for pulling the registry's own images."""
