"""Names and addresses of the platform's services in the cluster, known before any of them is declared."""

from components import labels

MIRROR_NAME = "conda-mirror"
CACHE_NAME = "conda-cache"
REGISTRY_NAME = "registry"


def service(name: str, port: int) -> str:
    """Host and port of a Service of the platform, as pods of any namespace reach it."""
    return f"{name}.{labels.SYSTEM_NAMESPACE}.svc:{port}"


def mirror(*, node_cache: bool = False) -> str:
    """Address of the conda mirror, or of the cache of the node that asks."""
    return f"http://{service(CACHE_NAME if node_cache else MIRROR_NAME, labels.PORT_MIRROR)}"


def latest(base: str) -> str:
    """Address of the newest snapshot of a mirror."""
    return f"{base}/latest"
