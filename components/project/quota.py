"""What a project may use: ResourceQuota, LimitRange, PodDisruptionBudget."""

from components import labels
from components.objects import Manifest
from components.project.args import ProjectArgs
from components.project.metadata import metadata


def resource_quota(args: ProjectArgs) -> Manifest:
    """The project's ceiling.

    Claims get twice the number of workspaces, since homes stay when a workspace is removed. Every kind of
    accelerator is capped at the project's `gpus`, each by itself (extended resources: requests only, Kubernetes
    documentation, "Resource Quotas"); the settings check the sum. Nobody opens a way in from outside: no
    LoadBalancer, no NodePort.
    """
    quota = args["quota"]
    workspaces = int(quota["workspaces"])
    hard = {
        "requests.cpu": quota["cpu"],
        "requests.memory": quota["memory"],
        "limits.memory": quota["memory"],
        "requests.ephemeral-storage": quota["ephemeral_storage"],
        "limits.ephemeral-storage": quota["ephemeral_storage"],
        "requests.storage": quota["storage"],
        "persistentvolumeclaims": str(2 * workspaces + len(args.get("data_sets") or ())),
        "pods": str(workspaces + 2),
        "count/statefulsets.apps": str(workspaces),
        "count/jobs.batch": "10",
        "services": "5",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
        "configmaps": "20",
        "secrets": "20",
    }
    gpus = str(int(quota.get("gpus") or 0))
    for resource in sorted(set(args.get("accelerator_resources") or ())):
        hard[f"requests.{resource}"] = gpus
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata(args, "project", "project"),
        "spec": {"hard": hard},
    }


def limit_range(args: ProjectArgs) -> Manifest:
    """Defaults for pods that state no resources (jobs, debugging), and the largest claim."""
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": metadata(args, "project", "project"),
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "defaultRequest": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "1Gi"},
                    "default": {"cpu": "1", "memory": "256Mi", "ephemeral-storage": "1Gi"},
                },
                {"type": "PersistentVolumeClaim", "max": {"storage": args["quota"]["storage"]}},
            ]
        },
    }


def disruption_budget(args: ProjectArgs) -> Manifest:
    """No eviction of a working workspace; one that is broken anyway never blocks a drain.

    The drain contract (docs/drain.md): cordon the node, put its workspaces to sleep, then drain.
    """
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(args, "workspaces", "project"),
        "spec": {
            "maxUnavailable": 0,
            "selector": {"matchLabels": dict(labels.workspace_selector(project=args["name"]))},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
