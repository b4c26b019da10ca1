"""Objects of a killed run that the state does not know: let the next run become their manager.

The API server remembers who set which field. An object that a killed run created still belongs to that run's field
manager, and the next run, which manages it under another name, would be refused with a conflict: at once (lists that
the server has filled with defaults) or at some later change. So the old entry is reduced to one label. What others have
set, such as the replicas that `/scale` wrote, stays theirs, and is still refused rather than overruled.
"""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from settings import Settings
from tools.stack.kubectl import Kubectl

SELECTOR = "app.kubernetes.io/part-of=slate"
MANAGER = "pulumi-kubernetes"  # both providers: this name, alone or with a suffix
ONE_LABEL = {"f:metadata": {"f:labels": {"f:app.kubernetes.io/part-of": {}}}}
# Served by the API server itself; others (metrics, say) may be out of order without harm to Slate.
GROUPS = ("", "apps", "batch", "policy", "karpenter.sh")
GROUP_SUFFIX = ".k8s.io"
NOT_DECLARED = ("events", "pods", "endpoints", "endpointslices", "controllerrevisions", "leases")
AT_ONCE = 8

Key = tuple[str, str, str]


def hand_over(kubectl: Kubectl, resources: Iterable[Mapping[str, Any]], settings: Settings) -> int:
    """Free the fields of this stack's objects in the cluster that its state does not know.

    Args:
        kubectl: The cluster.
        resources: The resources in the state.
        settings: The stack's settings; they say which objects can be this stack's and not another one's.

    Returns:
        How many objects there were.
    """
    known = {key for key in map(state_key, resources) if key}
    found = kubectl.items(declarable(kubectl), f"--selector={SELECTOR}", "--show-managed-fields")
    unknown = [item for item in found if object_key(item) not in known and belongs(item, settings)]
    patches = [(item, patch) for item in unknown if (patch := reduced(item))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda pair: _patch(kubectl, *pair), patches))
    return len(patches)


def belongs(item: Mapping[str, Any], settings: Settings) -> bool:
    """Whether an object can be this stack's: several stacks may share a cluster (`slate:scope`)."""
    project = (item["metadata"].get("labels") or {}).get("slate.dev/project")
    if project is None:
        return settings.scope != "projects"
    return settings.scope != "platform" and any(project == known.name for known in settings.projects)


def declarable(kubectl: Kubectl) -> list[str]:
    """The kinds that Slate may declare, as far as the cluster has them."""
    names = kubectl.run("api-resources", "--verbs=list,patch", "--output=name", tolerant=True).split()
    return [name for name in names if _wanted(*name.partition(".")[::2])]


def state_key(resource: Mapping[str, Any]) -> Key | None:
    """Kind, namespace and name of a resource of the state, if it is an object of the cluster."""
    inputs = resource.get("inputs") or {}
    name = (inputs.get("metadata") or {}).get("name")
    if not str(resource.get("type", "")).startswith("kubernetes:") or not inputs.get("kind") or not name:
        return None
    return inputs["kind"], inputs["metadata"].get("namespace", ""), name


def object_key(item: Mapping[str, Any]) -> Key:
    """Kind, namespace and name of an object of the cluster."""
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


def reduced(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The JSON patch that leaves one label to the killed run's manager; empty if it holds nothing."""
    before = item["metadata"].get("managedFields") or []
    after = [{**entry, "fieldsV1": ONE_LABEL} if _ours(entry) else entry for entry in before]
    if after == before:
        return []
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": item["metadata"]["resourceVersion"]},
        {"op": "replace", "path": "/metadata/managedFields", "value": after},
    ]


def _ours(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("manager", "")).startswith(MANAGER) and not entry.get("subresource")


def _wanted(name: str, group: str) -> bool:
    return name not in NOT_DECLARED and (group in GROUPS or group.endswith(GROUP_SUFFIX)) and "metrics" not in group


def _patch(kubectl: Kubectl, item: Mapping[str, Any], patch: list[dict[str, Any]]) -> None:
    group = item["apiVersion"].rpartition("/")[0]
    kind, namespace, name = object_key(item)
    where = ["--namespace", namespace] if namespace else []
    version = item["apiVersion"].rpartition("/")[2]
    resource = f"{kind}.{version}.{group}" if group else kind
    kubectl.run("patch", resource, name, *where, "--type=json", f"--patch={json.dumps(patch)}")
