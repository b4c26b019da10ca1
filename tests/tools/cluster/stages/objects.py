"""Objects of the simulation tests, and what they are asked."""

import datetime
import json

NODES, PODS = "/api/v1/nodes", "/api/v1/namespaces/default/pods"
CLAIMS, VOLUMES = "/api/v1/namespaces/default/persistentvolumeclaims", "/api/v1/persistentvolumes"
STATEFUL_SETS = "/apis/apps/v1/namespaces/default/statefulsets"
FAULT = "sim.slate.dev/fault"
READY_AFTER = "sim.slate.dev/ready-after"
CAPACITY = "sim.slate.dev/capacity"
GIVEN = {"cpu": "16", "memory": "64Gi", "ephemeral-storage": "200Gi", "pods": "110", "nvidia.com/gpu": "4"}


def condition(value, kind="Ready"):
    found = [c for c in (value or {}).get("status", {}).get("conditions", []) if c["type"] == kind]
    return found[0] if found else {}


def seconds_between(first, second):
    return (datetime.datetime.fromisoformat(second) - datetime.datetime.fromisoformat(first)).total_seconds()


def is_ready(value):
    return condition(value).get("status") == "True" and value


def main_container(pod):
    statuses = (pod or {}).get("status", {}).get("containerStatuses", [])
    return statuses[0] if statuses else {"state": {}, "restartCount": 0}


def node_object(name, capacity=GIVEN, labels=None, **annotations):
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/arch": "amd64", **(labels or {})},
            "annotations": {
                "kwok.x-k8s.io/node": "fake",
                CAPACITY: capacity if isinstance(capacity, str) else json.dumps(capacity),
                **annotations,
            },
        },
    }


def pod_spec(selected, **spec):
    return {"nodeSelector": {"test": selected}, "containers": [{"name": "main", "image": "example/main:1"}], **spec}


def pod_object(name, selected, labels=None, annotations=None, **spec):
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod_spec(selected, **spec)}


def workload(kind, version, name, **spec):
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec(name, volumes=[])}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }
