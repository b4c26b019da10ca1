"""The provider resource itself: are its arguments sensible, and do changed ones mean another cluster?"""

import os
from typing import Any

from . import kubeconfig
from .values import UNKNOWNS, Object

IDENTIFIER = "clusterIdentifier"
ACCESS = ("kubeconfig", "context", "cluster")


def problems(given: Object) -> list[tuple[str, str]]:
    """Arguments that exclude each other, each with the reason."""
    render = given.get("renderYamlToDirectory")
    found = []
    if render:
        for name in ("cluster", "context", "kubeconfig"):
            ambient = name == "kubeconfig" and given.get(name) == os.environ.get("KUBECONFIG")
            if given.get(name) and not ambient:
                found.append((name, f'"{name}" arg is not compatible with "renderYamlToDirectory" arg'))
    elif given.get("alwaysRender") in (True, "true"):
        found.append(("alwaysRender", '"alwaysRender" requires "renderYamlToDirectory" to be set'))
    return found


def differences(old: Object, new: Object) -> tuple[list[str], list[str]]:
    """The arguments that changed, and those of them that mean another cluster, so that everything is replaced.

    With a `clusterIdentifier` only that decides; else a change of the kubeconfig's active cluster does.
    """
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if not changed:
        return [], []
    before, after = old.get(IDENTIFIER), new.get(IDENTIFIER)
    if before and after:
        return changed, [IDENTIFIER] if before != after else []
    unknown = [name for name in ACCESS if isinstance(new.get(name), str) and new[name] in UNKNOWNS]
    if unknown:
        return unknown[:1], unknown[:1]
    replaced = ["renderYamlToDirectory"] if "renderYamlToDirectory" in changed else []
    clusters = [_active(config) for config in (old, new)]
    if clusters[0] and clusters[1] and clusters[0] != clusters[1]:
        replaced += [name for name in ACCESS if name in changed]
    return changed, replaced


def _active(config: Object) -> Object | None:
    """The cluster that the arguments point at; None if that cannot be told, as when the file is gone by now."""
    try:
        return kubeconfig.active_cluster(config.get("kubeconfig"), config.get("context"), config.get("cluster"))
    except (ValueError, OSError, TypeError, AttributeError):
        return None


def decode_yaml(arguments: Object) -> list[Any]:
    """The documents of a YAML text, for the SDK's YAML resources."""
    import yaml  # noqa: PLC0415 - seldom needed

    namespace = arguments.get("defaultNamespace")
    documents = [d for d in yaml.safe_load_all(arguments.get("text") or "") if d]
    for document in documents:
        if namespace and "metadata" in document and not document["metadata"].get("namespace"):
            document["metadata"]["namespace"] = namespace
    return documents
