"""Backend `simulated`: nodes that exist only in the API, run by kwok, for development and tests."""

import json

from components import labels
from components.node_pool.args import NodePoolArgs
from components.node_pool.contract import accelerator_resource, most_nodes, pool_labels, pool_taints
from components.objects import Manifest, present
from components.quantity import less

CAPACITY = "sim.slate.dev/capacity"
READY_AFTER = "sim.slate.dev/ready-after"


def nodes(args: NodePoolArgs) -> list[Manifest]:
    """One Node object for each node of the pool.

    A node's capacity is its status, which only the simulator writes; so it is given as an annotation. What the node
    keeps for itself is taken off, since the simulator lets pods use all of it.
    """
    return [_node(args, index) for index in range(most_nodes(args))]


def _node(args: NodePoolArgs, index: int) -> Manifest:
    shape = args["shape"]
    reserved = shape.get("reserved") or {}
    name = f"{args['name']}-{index}"
    zones = list(args.get("zones") or ())
    capacity = {
        "cpu": less(shape["cpu"], reserved.get("cpu", "0")),
        "memory": less(shape["memory"], reserved.get("memory", "0")),
        "ephemeral-storage": less(shape["ephemeral_storage"], reserved.get("ephemeral_storage", "0")),
        "pods": str(int(shape.get("pods") or 110)),
    }
    accelerator = args.get("accelerator")
    if accelerator:
        capacity[accelerator_resource(accelerator)] = str(int(accelerator["count"]))
    boot_delay = args["backend"].get("boot_delay") or "0s"
    annotations = {"kwok.x-k8s.io/node": "fake", CAPACITY: json.dumps(capacity, sort_keys=True)}
    node_labels = {
        **labels.standard(name, "node", pool=args["name"]),
        **pool_labels(args),
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": shape.get("architecture") or "amd64",
    }
    if zones:
        node_labels["topology.kubernetes.io/zone"] = zones[index % len(zones)]
    taints = [present(taint) for taint in pool_taints(args)]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": node_labels,
            "annotations": annotations | ({READY_AFTER: boot_delay} if boot_delay != "0s" else {}),
        },
        **({"spec": {"taints": taints}} if taints else {}),
    }
