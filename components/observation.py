"""Facts about the cluster that decide what is declared: existing homes, and nodes of existing pools.

They are read once, before anything is declared, with kubectl: it is what the user's credentials work with
(contexts, exec plugins, proxies), and it starts faster than any client library is imported.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components import labels
from components.homes import Home
from components.node_pool.args import FoundNodeArgs

TIMEOUT_SECONDS = 30


class ObservationError(Exception):
    """The cluster could not be read; the message says why and what to do."""


@dataclass(frozen=True)
class Observation:
    """What was found; empty where nothing was asked for."""

    homes: Mapping[tuple[str, str], Home] = field(default_factory=dict)
    nodes: tuple[FoundNodeArgs, ...] | None = None


def read(*, homes: bool, nodes: bool, context: str | None = None) -> Observation:
    """Read the facts.

    Args:
        homes: Read the home claims of all projects.
        nodes: Read the cluster's nodes.
        context: Context of the kubeconfig (default: the current one).

    Raises:
        ObservationError: kubectl is missing, or the cluster does not answer or refuses.
    """
    found_homes = {}
    if homes:
        selector = f"{labels.PART_OF}=slate,{labels.WORKSPACE}"
        for item in _items(context, "persistentvolumeclaims", "--all-namespaces", f"--selector={selector}"):
            home = parse_home(item)
            found_homes[(home.namespace, home.claim)] = home
    found_nodes = tuple(parse_node(item) for item in _items(context, "nodes")) if nodes else None
    return Observation(found_homes, found_nodes)


def parse_home(item: Mapping[str, Any]) -> Home:
    """A claim of the API as a home."""
    metadata = item["metadata"]
    return Home(
        namespace=metadata["namespace"],
        claim=metadata["name"],
        owner=(metadata.get("labels") or {}).get(labels.USER),
        size=item["spec"]["resources"]["requests"]["storage"],
        grown=labels.HOME_SIZE in (metadata.get("annotations") or {}),
    )


def parse_node(item: Mapping[str, Any]) -> FoundNodeArgs:
    """A node of the API as `NodePool` wants it."""
    handlers = (item.get("status") or {}).get("runtimeHandlers") or ()
    # The handler without a name is the one of pods that name no runtime class (KEP-127).
    default = next((handler.get("features") or {} for handler in handlers if not handler.get("name")), None)
    found: FoundNodeArgs = {
        "name": item["metadata"]["name"],
        "labels": item["metadata"].get("labels") or {},
        "taints": (item.get("spec") or {}).get("taints") or [],
        "allocatable": (item.get("status") or {}).get("allocatable") or {},
    }
    if default is not None:
        found["user_namespaces"] = bool(default.get("userNamespaces"))
    return found


def _items(context: str | None, *query: str) -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise ObservationError("kubectl is not on PATH: install it, or run the program through `make`")
    command = [kubectl, "get", *query, "--output=json", f"--request-timeout={TIMEOUT_SECONDS}s"]
    if context:
        command.append(f"--context={context}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2 * TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ObservationError(f"the cluster did not answer within {2 * TIMEOUT_SECONDS} s") from error
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise ObservationError(
            f"cannot read {query[0]} of the cluster: {reason[0]}. Check KUBECONFIG and the context "
            "(`kubectl cluster-info`); the embedded cluster is started by `make up`"
        )
    return json.loads(done.stdout)["items"]
