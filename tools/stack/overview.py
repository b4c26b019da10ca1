"""What is there: workspaces, node pools and quotas, from the cluster's objects to the rows of a table."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from settings.quantity import parse_quantity as parse
from settings.quantity import written

PROJECT, WORKSPACE, POOL = "slate.dev/project", "slate.dev/workspace", "slate.dev/pool"
KINDS = ("nodes", "pods", "statefulsets.apps", "resourcequotas")
BYTES = ("memory", "ephemeral-storage", "storage")

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Fleet:
    """The objects of a cluster that the tables are made from."""

    nodes: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    stateful_sets: Sequence[Object] = ()
    quotas: Sequence[Object] = ()


@dataclass(frozen=True)
class Workspace:
    """One declared workspace as the cluster has it.

    `state` is one of ready, starting, asleep, missing; `remark` says why, or what is still to come.
    """

    project: str
    name: str
    state: str
    remark: str = ""
    outputs: Object = field(default_factory=dict)


class Source(Protocol):
    """Whatever lists the objects of a cluster."""

    def items(self, kinds: Sequence[str], /) -> Sequence[Object]:
        """The objects of some kinds in all namespaces."""
        ...


def read_fleet(kubectl: Source) -> Fleet:
    """Ask the cluster once for all that is shown."""
    by_kind: dict[str, list[Object]] = {"Node": [], "Pod": [], "StatefulSet": [], "ResourceQuota": []}
    for item in kubectl.items(KINDS):
        by_kind[item["kind"]].append(item)
    return Fleet(by_kind["Node"], by_kind["Pod"], by_kind["StatefulSet"], by_kind["ResourceQuota"])


def workspaces(declared: Iterable[Object], fleet: Fleet) -> list[Workspace]:
    """The declared workspaces (stack output `workspaces`) with their state in the cluster."""
    sets = {_key(item): item for item in fleet.stateful_sets}
    pods = {_key(item): item for item in fleet.pods}
    found = []
    for entry in declared:
        key = (entry["project"], entry["name"])
        state, remark = _state(sets.get(key), pods.get(key))
        found.append(Workspace(*key, state, remark, entry))
    return found


def workspace_rows(found: Iterable[Workspace]) -> list[list[str]]:
    """Rows of the table of workspaces."""
    return [
        [
            space.project,
            space.name,
            f"{space.state} ({space.remark})" if space.remark else space.state,
            space.outputs.get("pool", ""),
            space.outputs.get("host", ""),
            space.outputs.get("ssh", ""),
        ]
        for space in found
    ]


def pool_rows(declared: Iterable[str] | None, fleet: Fleet) -> list[list[str]]:
    """Rows of the table of node pools: nodes ready, and what their pods request of what they have.

    Args:
        declared: Names of the pools (stack output `node_pools`); None: those that the nodes name.
        fleet: The cluster's objects.
    """
    nodes: dict[str, list[Object]] = {}
    for node in fleet.nodes:
        name = _labels(node).get(POOL)
        if name:
            nodes.setdefault(name, []).append(node)
    rows = []
    for name in declared if declared is not None else sorted(nodes):
        members = nodes.get(name, [])
        ready = sum(_condition(node, "Ready") for node in members)
        rows.append([name, f"{ready} of {len(members)}", _use(members, fleet.pods)])
    return rows


def quota_rows(fleet: Fleet, namespaces: Container[str]) -> list[list[str]]:
    """Rows of the table of quotas in some namespaces: used of allowed."""
    rows = []
    for quota in sorted(fleet.quotas, key=lambda item: _labels(item).get(PROJECT, "")):
        project = _labels(quota).get(PROJECT)
        status = quota.get("status") or {}
        hard, used = status.get("hard") or {}, status.get("used") or {}
        if not project or not hard or quota["metadata"]["namespace"] not in namespaces:
            continue
        parts = {
            "cpu": "requests.cpu",
            "memory": "requests.memory",
            "storage": "requests.storage",
            "workspaces": "count/statefulsets.apps",
        }
        cells = [_of(used.get(key, "0"), hard.get(key, "0"), name) for name, key in parts.items()]
        extended = [key for key in sorted(hard) if key.startswith("requests.") and "/" in key]
        gpus = [
            f"{_of(used.get(key, '0'), hard[key], '')} {key.removeprefix('requests.')}"
            for key in extended
            if parse(str(hard[key])) or parse(str(used.get(key, "0")))
        ]
        rows.append([project, *cells, ", ".join(gpus) or "none"])
    return rows


def _state(stateful_set: Object | None, pod: Object | None) -> tuple[str, str]:
    if stateful_set is None:
        return "missing", "not in the cluster"
    status = stateful_set.get("status") or {}
    if stateful_set["spec"].get("replicas", 1) == 0:
        return "asleep", "its pod is still stopping" if pod else ""
    if pod is None:
        return "starting", _set_trouble(status)
    if not _condition(pod, "Ready"):
        return "starting", _pod_trouble(pod)
    newest = status.get("updateRevision")
    runs = _labels(pod).get("controller-revision-hash")
    return "ready", "update at its next start" if newest and runs and newest != runs else ""


def _set_trouble(status: Object) -> str:
    conditions = status.get("conditions") or []
    return next((c["message"] for c in conditions if c.get("message")), "no pod yet")


def _pod_trouble(pod: Object) -> str:
    status = pod.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            return condition.get("message") or condition.get("reason") or "not scheduled yet"
    for container in status.get("containerStatuses") or []:
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") and waiting["reason"] not in ("ContainerCreating", "PodInitializing"):
            return f"{waiting['reason']}: {waiting.get('message', '')}".rstrip(": ")
    return f"pod is {status.get('phase', 'new')}"


def _use(nodes: Sequence[Object], pods: Iterable[Object]) -> str:
    names = {node["metadata"]["name"] for node in nodes}
    has: dict[str, Fraction] = {}
    uses: dict[str, Fraction] = {}
    for node in nodes:
        _add(has, (node.get("status") or {}).get("allocatable") or {})
    for pod in pods:
        done = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        if pod["spec"].get("nodeName") in names and not done:
            for container in pod["spec"].get("containers") or []:
                _add(uses, (container.get("resources") or {}).get("requests") or {})
    shown = ["cpu", "memory", *sorted(key for key in has if "/" in key)]
    return ", ".join(f"{key} {_ratio(uses.get(key, Fraction(0)), has[key], key)}" for key in shown if key in has)


def _add(total: dict[str, Fraction], quantities: Mapping[str, Any]) -> None:
    for key, value in quantities.items():
        total[key] = total.get(key, Fraction(0)) + parse(str(value))


def _of(used: object, hard: object, name: str) -> str:
    return _ratio(parse(str(used)), parse(str(hard)), name)


def _ratio(used: Fraction, hard: Fraction, name: str) -> str:
    like = "bytes" if name in BYTES else ""
    return f"{written(used, like)} of {written(hard, like)}"


def _labels(item: Object) -> Mapping[str, str]:
    return item["metadata"].get("labels") or {}


def _key(item: Object) -> tuple[str | None, str | None]:
    return _labels(item).get(PROJECT), _labels(item).get(WORKSPACE)


def _condition(item: Object, name: str) -> bool:
    conditions = (item.get("status") or {}).get("conditions") or []
    return any(condition["type"] == name and condition["status"] == "True" for condition in conditions)
