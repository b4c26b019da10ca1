"""A cache on each node: the same channels from the node's own disk, filled on first use, safe to lose."""

from components import addresses, labels, restricted
from components.addresses import CACHE_NAME
from components.conda_mirror.args import CondaMirrorArgs
from components.conda_mirror.server import COMPONENT as MIRROR
from components.conda_mirror.server import LISTENING, answering
from components.objects import Manifest
from components.quantity import plus

COMPONENT = "conda-cache"
DIRECTORY = "/srv/cache"


def daemon_set(args: CondaMirrorArgs) -> Manifest:
    """One cache a node, on every node whatever its taints: workspaces run there.

    Its disk counts as ephemeral storage of the pod, so the kubelet bounds it, too. Not awaited: a node that comes or
    goes must not hold up a deployment.
    """
    size = args.get("node_cache_size") or "20Gi"
    source = ["--mirror", addresses.mirror(), "--directory", DIRECTORY, "--size", size]
    cache = restricted.program(
        "cache",
        args["image"],
        ["conda_mirror", "node-cache", *source, *LISTENING],
        {"cache": DIRECTORY},
        memory="256Mi",
        **answering(),
    )
    cache["resources"]["limits"]["ephemeral-storage"] = plus(size, "2Gi")
    selected = restricted.selector(COMPONENT)
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": restricted.metadata(CACHE_NAME, COMPONENT, annotations={labels.SKIP_AWAIT: "true"}),
        "spec": {
            "revisionHistoryLimit": 2,
            "selector": {"matchLabels": selected},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": labels.standard(CACHE_NAME, COMPONENT) | selected},
                "spec": restricted.pod(
                    [cache],
                    [
                        {"name": "cache", "emptyDir": {"sizeLimit": plus(size, "1Gi")}},
                        restricted.scratch("64Mi"),
                    ],
                    pull_secret=args.get("pull_secret"),
                    tolerations=[{"operator": "Exists"}],
                ),
            },
        },
    }


def service() -> Manifest:
    """The cache of the node that asks, and of no other. Not awaited: nodes may be none yet."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": restricted.metadata(CACHE_NAME, COMPONENT, annotations={labels.SKIP_AWAIT: "true"}),
        "spec": {
            "selector": restricted.selector(COMPONENT),
            "internalTrafficPolicy": "Local",
            "ports": [{"name": "http", "port": labels.PORT_MIRROR, "targetPort": "http"}],
        },
    }


def network_policy() -> Manifest:
    """Projects read; the cache reaches the mirror and nothing else."""
    mirror = {"podSelector": {"matchLabels": restricted.selector(MIRROR)}}
    asked = restricted.ports(labels.PORT_MIRROR)
    return restricted.policy(
        CACHE_NAME,
        COMPONENT,
        [{"from": [restricted.EVERY_PROJECT], "ports": asked}],
        [restricted.dns(), {"to": [mirror], "ports": asked}],
    )
