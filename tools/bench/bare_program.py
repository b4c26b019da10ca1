"""The other side of the fleet benchmark: the same StatefulSets, declared one by one without Slate.

Copied as `__main__.py` into a project of its own, beside `objects.json`.
"""

import json
from pathlib import Path

import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

objects = json.loads((Path(__file__).parent / "objects.json").read_text())
namespaces = {
    name: kubernetes.core.v1.Namespace(name, metadata={"name": name})
    for name in sorted({item["metadata"]["namespace"] for item in objects})
}
for item in objects:
    namespace = namespaces[item["metadata"]["namespace"]]
    kubernetes.apps.v1.StatefulSet(
        f"{item['metadata']['namespace']}-{item['metadata']['name']}",
        metadata={**item["metadata"], "namespace": namespace.metadata["name"]},  # pyright: ignore
        spec=item["spec"],
        opts=ResourceOptions(ignore_changes=["spec.replicas", "spec.volumeClaimTemplates"]),
    )
