"""Home volumes of the real node: a folder for each claim (disks.py). What is to be done is decided by pure functions.

The storage class is the same as on simulated nodes; which of both provides a claim's volume follows from the node that
the scheduler has chosen for it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings.quantity import parse_quantity
from tools.cluster.addons import PROVISIONER
from tools.node.configuration import NAME

BY = "node.slate.dev/folder"
FIELD_MANAGER = "slate-node-volumes"
_PROVIDED_BY = "pv.kubernetes.io/provisioned-by"
_WANTED_FROM = "volume.kubernetes.io/storage-provisioner"
_NODE = "volume.kubernetes.io/selected-node"
_NAME = re.compile(r"pvc-[0-9a-f-]{36}")


@dataclass(frozen=True)
class Work:
    """What is to be done.

    Attributes:
        provide: Claims that need a volume, or a larger one.
        remove: Names of volumes that nobody wants any more.
    """

    provide: tuple[Mapping[str, Any], ...]
    remove: tuple[str, ...]


def decide(claims: Iterable[Mapping[str, Any]], volumes: Iterable[Mapping[str, Any]]) -> Work:
    """Returns what is to be done for the claims and volumes that there are."""
    sizes = {
        volume["metadata"]["name"]: volume["spec"]["capacity"]["storage"] for volume in volumes if _is_ours(volume)
    }
    provide = tuple(
        claim
        for claim in claims
        if _is_for_us(claim) and sizes.get(volume_name(claim)) != claim["spec"]["resources"]["requests"]["storage"]
    )
    remove = tuple(
        volume["metadata"]["name"]
        for volume in volumes
        if _is_ours(volume)
        and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        and (volume.get("status") or {}).get("phase") == "Released"
    )
    return Work(provide, remove)


def unfinished(claims: Iterable[Mapping[str, Any]], volumes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Returns claims that are bound to a volume of ours which has grown, and do not say so yet."""
    sizes = {
        volume["metadata"]["name"]: volume["spec"]["capacity"]["storage"] for volume in volumes if _is_ours(volume)
    }
    return [
        claim
        for claim in claims
        if (claim.get("status") or {}).get("phase") == "Bound"
        and volume_name(claim) in sizes
        and (claim["status"].get("capacity") or {}).get("storage") != sizes[volume_name(claim)]
    ]


def volume_name(claim: Mapping[str, Any]) -> str:
    """Returns the name of a claim's volume."""
    return f"pvc-{claim['metadata']['uid']}"


def volume(claim: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Returns the PersistentVolume of a claim, in a folder of the real node."""
    metadata, spec = claim["metadata"], claim["spec"]
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [NAME]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume_name(claim), "annotations": {_PROVIDED_BY: BY}},
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec.get("storageClassName", ""),
            "volumeMode": "Filesystem",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
            },
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
    }


def folder_of(name: str, root: Path) -> Path:
    """Returns a volume's folder.

    Raises:
        ValueError: No volume of ours has such a name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a volume")
    return root / name


def size(claim: Mapping[str, Any]) -> int:
    """Returns the size of a claim in bytes."""
    return int(parse_quantity(claim["spec"]["resources"]["requests"]["storage"]))


def _is_for_us(claim: Mapping[str, Any]) -> bool:
    metadata, spec = claim["metadata"], claim["spec"]
    notes = metadata.get("annotations") or {}
    return (
        notes.get(_WANTED_FROM) == PROVISIONER
        and notes.get(_NODE) == NAME
        and not metadata.get("deletionTimestamp")
        and spec.get("volumeMode", "Filesystem") == "Filesystem"
        and spec.get("volumeName") in (None, "", volume_name(claim))
    )


def _is_ours(value: Mapping[str, Any]) -> bool:
    return (value["metadata"].get("annotations") or {}).get(_PROVIDED_BY) == BY
