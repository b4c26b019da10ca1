"""Reads a clone's cluster as `kubectl get` does, without the start of a program: tests that wait ask many times."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.tools.cluster.support import Kube

# Resource by the names that tests call it -> where it is, and whether its objects lie in namespaces.
_PLACES = {
    ("event", "events"): ("/api/v1", "events", True),
    ("job", "jobs"): ("/apis/batch/v1", "jobs", True),
    ("namespace", "namespaces"): ("/api/v1", "namespaces", False),
    ("node", "nodes"): ("/api/v1", "nodes", False),
    ("persistentvolumeclaim", "persistentvolumeclaims"): ("/api/v1", "persistentvolumeclaims", True),
    ("pod", "pods"): ("/api/v1", "pods", True),
    ("secret", "secrets"): ("/api/v1", "secrets", True),
    ("statefulset", "statefulsets"): ("/apis/apps/v1", "statefulsets", True),
}
_KINDS = {name: place for names, place in _PLACES.items() for name in names}
_SELECTORS = {"--selector": "labelSelector", "--field-selector": "fieldSelector"}


def path(arguments: Sequence[str]) -> str | None:
    """The path of what `kubectl get` is asked for, or None where only kubectl knows it.

    Args:
        arguments: Those of `kubectl get`, without the form of its output.
    """
    words, options, everywhere = [], {}, False
    remaining = iter(arguments)
    for argument in remaining:
        name, given, value = argument.partition("=")
        if argument == "--all-namespaces":
            everywhere = True
        elif name in (*_SELECTORS, "--namespace"):
            options[name] = value if given else next(remaining)
        elif argument.startswith("-"):
            return None
        else:
            words.append(argument)
    if len(words) not in (1, 2) or words[0] not in _KINDS:
        return None
    group, kind, namespaced = _KINDS[words[0]]
    namespace = f"/namespaces/{options.get('--namespace', 'default')}" if namespaced and not everywhere else ""
    query = urlencode({_SELECTORS[name]: value for name, value in options.items() if name in _SELECTORS})
    return "/".join([f"{group}{namespace}/{kind}", *words[1:]]) + (f"?{query}" if query else "")


def read(cluster: Path, where: str) -> dict[str, Any]:
    """What lies under a path of a cluster's API.

    Args:
        cluster: The cluster's directory.
        where: The path, with its query.

    Raises:
        AssertionError: It is not there, or the cluster does not answer.
    """
    try:
        status, found = Kube(cluster).request("GET", where)
    except OSError as error:
        raise AssertionError(f"{where}: {error}") from error
    assert status == 200, found
    return found
