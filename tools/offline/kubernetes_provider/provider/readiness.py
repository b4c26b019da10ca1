"""When is an object ready? One small rule per kind; objects of other kinds are ready at once.

The rules are upstream's (`docs`: "await behaviour"), judged on a snapshot: the object and, for some kinds, objects
beside it that `Around` fetches.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from . import kinds

Object = dict[str, Any]


class Around(Protocol):
    """Looks up other objects of the cluster."""

    def find(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object | None:
        """The object, or None."""
        ...


@dataclass(frozen=True)
class Verdict:
    """What a rule found.

    Attributes:
        ready: whether waiting is over.
        waiting_for: what is still missing, for people.
        failed: whether waiting on is pointless.
    """

    ready: bool
    waiting_for: str = ""
    failed: bool = False


READY = Verdict(True)
Rule = Callable[[Object, Around, bool], Verdict]


def status(obj: Object) -> Object:
    """The object's status."""
    return obj.get("status") or {}


def condition(obj: Object, kind: str) -> Object:
    """A condition by its type."""
    return next((c for c in status(obj).get("conditions") or [] if c.get("type") == kind), {})


def holds(obj: Object, kind: str) -> bool:
    """Whether a condition is true."""
    return condition(obj, kind).get("status") == "True"


def observed(obj: Object) -> bool:
    """Whether the controller has seen the latest specification, so that the status is about it."""
    return status(obj).get("observedGeneration", 0) >= obj["metadata"].get("generation", 0)


def _deployment(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    want, now = obj["spec"].get("replicas", 1), status(obj)
    if not observed(obj):
        return Verdict(False, "the Deployment controller has not seen the change yet")
    if not holds(obj, "Available"):
        return Verdict(False, condition(obj, "Available").get("message") or "minimum number of live Pods")
    counts = [now.get(k, 0) for k in ("updatedReplicas", "availableReplicas", "replicas")]
    if any(count != want for count in counts):
        return Verdict(False, f"{counts[1]}/{want} Pods of the new ReplicaSet available")
    progress = condition(obj, "Progressing")
    done = progress.get("status") == "True" and progress.get("reason") == "NewReplicaSetAvailable"
    return Verdict(done, progress.get("message") or "the new ReplicaSet to be available")


def _stateful_set(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    want, now, generation = obj["spec"].get("replicas", 1), status(obj), obj["metadata"].get("generation", 0)
    if not observed(obj):
        return Verdict(False, "the StatefulSet controller has not seen the change yet")
    ready = now.get("replicas", 0) == want and now.get("readyReplicas", 0) == want
    text = f"{now.get('readyReplicas', 0)}/{want} Pods ready"
    if generation > 1 and (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
        return Verdict(ready, text)
    current, update = now.get("currentRevision"), now.get("updateRevision")
    if not (ready and now.get("currentReplicas", 0) == want):
        return Verdict(False, text)
    return Verdict(bool(current) and current == update, f"revision {current} to become {update}")


def _daemon_set(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    now = status(obj)
    if not observed(obj) or "desiredNumberScheduled" not in now:
        return Verdict(False, "the DaemonSet controller has not seen the change yet")
    want = now["desiredNumberScheduled"]
    for name, text in (
        ("currentNumberScheduled", "scheduled"),
        ("updatedNumberScheduled", "updated"),
        ("numberAvailable", "available"),
        ("numberReady", "ready"),
    ):
        if now.get(name, 0) < want:
            return Verdict(False, f"{now.get(name, 0)}/{want} Pods {text}")
    return READY


def _job(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    failure = condition(obj, "Failed")
    if holds(obj, "Failed") and failure.get("reason") in ("BackoffLimitExceeded", "DeadlineExceeded"):
        return Verdict(False, f"[{failure['reason']}] {failure.get('message', '')}", failed=True)
    now = status(obj)
    counts = ", ".join(f"{name} {now.get(name, 0)}" for name in ("active", "succeeded", "failed"))
    return Verdict("startTime" in now and holds(obj, "Complete"), f"the Job to succeed ({counts})")


def _pod(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    for name, text in (("PodScheduled", "scheduled"), ("Initialized", "initialized")):
        if not holds(obj, name):
            return Verdict(False, f"the Pod to be {text}")
    return Verdict(holds(obj, "Ready") or status(obj).get("phase") == "Succeeded", "the Pod to be ready")


def _claim(obj: Object, around: Around, creating: bool) -> Verdict:
    phase = status(obj).get("phase")
    if not creating and phase == "Bound":
        return READY
    name = obj["spec"].get("storageClassName")
    storage_class = around.find("storage.k8s.io/v1", "StorageClass", None, name) if name else None
    late = (storage_class or {}).get("volumeBindingMode") == "WaitForFirstConsumer"
    wanted = "Pending" if late else "Bound"
    return Verdict(phase == wanted, f"the claim to become {wanted}; it is {phase}")


def _volume(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    return Verdict(status(obj).get("phase") in ("Available", "Bound"), "the volume to become available")


def _controller(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    want, have = obj["spec"].get("replicas", 1), status(obj).get("availableReplicas", 0)
    return Verdict(want == have, f"{have}/{want} Pods available")


def _quota(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    return Verdict((obj.get("spec") or {}).get("hard") == status(obj).get("hard"), "the quota to take effect")


def _secret(obj: Object, around: Around, creating: bool) -> Verdict:
    del around, creating
    if obj.get("type") != "kubernetes.io/service-account-token":
        return READY
    return Verdict(bool(obj.get("data")), "the token to be made")


def _service(obj: Object, around: Around, creating: bool) -> Verdict:
    del creating
    spec, meta = obj["spec"], obj["metadata"]
    balanced = spec.get("type") == "LoadBalancer"
    if balanced and not (status(obj).get("loadBalancer") or {}).get("ingress"):
        return Verdict(False, "an IP address for the load balancer")
    if spec.get("type") == "ExternalName" or spec.get("clusterIP") == "None" or not spec.get("selector"):
        return READY
    endpoints = around.find("v1", "Endpoints", meta.get("namespace"), meta["name"])
    if endpoints is None:
        return Verdict(False, "Pods to direct traffic to")
    pending = any(subset.get("notReadyAddresses") for subset in endpoints.get("subsets") or [])
    return Verdict(
        not pending,
        "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match "
        "labels on any Pods",
    )


def _ingress(obj: Object, around: Around, creating: bool) -> Verdict:
    del creating
    namespace = obj["metadata"].get("namespace")
    for rule in obj["spec"].get("rules") or []:
        for path in (rule.get("http") or {}).get("paths") or []:
            name = ((path.get("backend") or {}).get("service") or {}).get("name")
            if not name or around.find("v1", "Endpoints", namespace, name) is not None:
                continue
            service = around.find("v1", "Service", namespace, name)
            if ((service or {}).get("spec") or {}).get("type") != "ExternalName":
                return Verdict(False, f'the Service "{name}" to have endpoints')
    balanced = bool((status(obj).get("loadBalancer") or {}).get("ingress"))
    return Verdict(balanced, ".status.loadBalancer to be set with a hostname or IP address")


RULES: dict[tuple[str, str], Rule] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("", "Pod"): _pod,
    ("", "PersistentVolume"): _volume,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "ReplicationController"): _controller,
    ("", "ResourceQuota"): _quota,
    ("", "Secret"): _secret,
    ("", "Service"): _service,
}

# Checked on refresh as well; an object of these that is not ready is recorded with an initialisation error.
CHECKED_ON_READ = frozenset(
    kind for kind in RULES if kind[1] in ("Deployment", "StatefulSet", "DaemonSet", "Job", "Ingress", "Pod", "Service")
)


def rule_for(obj: Object) -> Rule | None:
    """The rule of the object's kind."""
    return RULES.get(kinds.key(obj))
