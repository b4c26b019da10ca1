"""What is known of a workspace and of the fleet, read from the API server."""

import datetime
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.api_server import ApiError
from services.service_levels.kubernetes import Api, Object
from services.service_levels.remediator.alerts import Target

LOG = logging.getLogger("remediator")
FORBIDDEN = 403
COMPONENT = "app.kubernetes.io/component"
# A canary that is healed would hide what it is there to show.
PROJECTS = f"app.kubernetes.io/part-of=slate,{COMPONENT}=project,slate.dev/project!=slate-canary"
WORKSPACES = f"{COMPONENT}=workspace"
WORKSPACE = "slate.dev/workspace"


@dataclass(frozen=True)
class Facts:
    """One workspace as it is now.

    Attributes:
        target: Its name.
        now: The API server's clock.
        stateful_set: Its StatefulSet; None if there is none.
        pod: Its pod; None if there is none.
        node: The node that the pod is on; None if there is none.
        events: Warnings of the kubelet about the pod's probes.
    """

    target: Target
    now: datetime.datetime
    stateful_set: Object | None
    pod: Object | None
    node: Object | None
    events: tuple[Object, ...] = ()


@dataclass(frozen=True)
class Sight:
    """One workspace that should be running, as far as the fleet's state needs it.

    Attributes:
        node: The node that its pod is on; empty if it has none.
        down: Whether it is down for longer than the least age.
    """

    node: str
    down: bool


@dataclass(frozen=True)
class Fleet:
    """All workspaces that should be running.

    Attributes:
        namespaces: The projects' namespaces.
        sights: One each.
    """

    namespaces: frozenset[str]
    sights: tuple[Sight, ...]


def moment(text: object) -> datetime.datetime | None:
    """A time of the API; None if it is not there."""
    return datetime.datetime.fromisoformat(text) if isinstance(text, str) and text else None


def condition(value: Mapping[str, Any] | None, kind: str) -> Mapping[str, Any]:
    """A condition of a pod or node; empty if it has none of this kind."""
    conditions = ((value or {}).get("status") or {}).get("conditions") or ()
    return next((entry for entry in conditions if entry.get("type") == kind), {})


def unready_since(pod: Object) -> datetime.datetime:
    """Since when a pod has not been ready: the change of its condition, and never before it was made."""
    made = datetime.datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    changed = moment(condition(pod, "Ready").get("lastTransitionTime"))
    return max(made, changed) if changed else made


def replicas(stateful_set: Object) -> int:
    """How many pods a StatefulSet is to have; Kubernetes' default is one."""
    given = (stateful_set.get("spec") or {}).get("replicas")
    return 1 if given is None else int(given)


async def read(api: Api, target: Target) -> Facts:
    """Read a workspace. The pod comes last but for its node, so that it is as new as can be.

    Raises:
        ApiError: The API server does not answer, or does not allow it.
    """
    core = f"/api/v1/namespaces/{target.namespace}"
    name = f"{target.workspace}-0"
    sets = f"/apis/apps/v1/namespaces/{target.namespace}/statefulsets/{target.workspace}"
    selection = f"involvedObject.kind=Pod,involvedObject.name={name},reason=Unhealthy"
    stateful_set = await api.find(sets)
    events = await api.list(f"{core}/events", fieldSelector=selection)
    pod, now = await api.find_at(f"{core}/pods/{name}")
    on = (pod or {}).get("spec", {}).get("nodeName")
    node = await api.find(f"/api/v1/nodes/{on}") if on else None
    uid = pod["metadata"]["uid"] if pod else None
    own = tuple(event for event in events if event.get("involvedObject", {}).get("uid") == uid)
    return Facts(target, now, stateful_set, pod, node, own)


async def namespaces(api: Api) -> frozenset[str]:
    """The namespaces of projects.

    Raises:
        ApiError: The API server does not answer, or does not allow it.
    """
    found = await api.list("/api/v1/namespaces", labelSelector=PROJECTS)
    return frozenset(item["metadata"]["name"] for item in found)


async def fleet(api: Api, projects: Iterable[str], now: datetime.datetime, minimum_age_seconds: float) -> Fleet:
    """Read all workspaces of some namespaces.

    Raises:
        ApiError: The API server does not answer, or does not allow it.
    """
    chosen = sorted(projects)
    parts = []
    for namespace in chosen:  # one after the other: this must not become a load on a cluster that is in trouble
        try:
            sets = await api.list(f"/apis/apps/v1/namespaces/{namespace}/statefulsets", labelSelector=WORKSPACES)
            pods = await api.list(f"/api/v1/namespaces/{namespace}/pods", labelSelector=WORKSPACES)
        except ApiError as error:
            if error.status != FORBIDDEN:
                raise
            LOG.warning("%s: not counted, as this project does not let the remediator look", namespace)
            continue
        by_name = {pod["metadata"]["name"]: pod for pod in pods}
        wanted = (item for item in sets if replicas(item) > 0)
        parts += [sight(by_name.get(f"{item['metadata']['name']}-0"), now, minimum_age_seconds) for item in wanted]
    return Fleet(frozenset(chosen), tuple(parts))


def sight(pod: Object | None, now: datetime.datetime, minimum_age_seconds: float) -> Sight:
    """What a pod tells of its workspace. One without a pod is down."""
    if pod is None:
        return Sight("", down=True)
    ready = condition(pod, "Ready").get("status") == "True"
    old = (now - unready_since(pod)).total_seconds() >= minimum_age_seconds
    return Sight(pod.get("spec", {}).get("nodeName") or "", down=not ready and old)
