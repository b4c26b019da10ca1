"""Checks of node pools, each by itself: names, size, backend, accelerator."""

from collections.abc import Iterator

from settings.accelerators import WHOLE_GPU, Accelerator, mig_resource
from settings.backends import Existing, Karpenter, Requirement
from settings.checks.common import duplicates, empty
from settings.errors import Path, Problem, show
from settings.node_pools import NodeCount, NodePool
from settings.partial import Partial

_ZONE = "topology.kubernetes.io/zone"
_COMPARISONS = ("Gt", "Lt", "Gte", "Lte")


def check(partial: Partial) -> Iterator[Problem]:
    """Yields problems inside each pool, and pools that repeat a name."""
    pools = partial.settings.node_pools
    yield from empty(partial, ("nodePools",), pools, "node pool")
    yield from duplicates(("nodePools",), (pool.name for pool in pools), "pool name")
    for index, pool in enumerate(pools):
        path = ("nodePools", index)
        yield from empty(partial, (*path, "profiles"), pool.profiles, "profile")
        yield from _lists(path, pool)
        yield from _size((*path, "size"), pool.size)
        if pool.accelerator:
            yield from _accelerator((*path, "accelerator"), pool.accelerator)
        if isinstance(pool.backend, Existing):
            whole = partial.complete(*partial.original(path), "backend")
            yield from _existing(path, pool, pool.backend, whole)
        if isinstance(pool.backend, Karpenter):
            yield from _karpenter(path, pool, pool.backend)


def _lists(path: Path, pool: NodePool) -> Iterator[Problem]:
    yield from duplicates((*path, "profiles"), (profile.name for profile in pool.profiles), "profile name")
    yield from duplicates((*path, "zones"), pool.zones, "zone", None)
    yield from duplicates((*path, "prePull"), pool.pre_pull, "image", None)
    taints = ((taint.key, taint.effect) for taint in pool.taints)
    yield from duplicates((*path, "taints"), taints, "pair of key and effect", "key")


def _size(path: Path, size: NodeCount) -> Iterator[Problem]:
    allowed, fix = "either fixed, or max with an optional min", "write fixed: 2, or min: 0 and max: 4"
    ranged = size.min is not None or size.max is not None
    if size.fixed is not None and ranged:
        yield Problem(path, "has fixed together with min or max", allowed, "remove one of the two forms")
    elif size.fixed is None and size.max is None:
        yield Problem(path, "has no upper bound", allowed, fix)
    elif size.max is not None and (size.min or 0) > size.max:
        what = f"is above max ({size.max})"
        yield Problem((*path, "min"), what, f"at most {size.max}", "lower min or raise max")


def _accelerator(path: Path, accelerator: Accelerator) -> Iterator[Problem]:
    if accelerator.sharing == "mig" and accelerator.mig_profile is None:
        fix = "add migProfile with the partition that the nodes are cut into"
        yield Problem((*path, "migProfile"), "is missing with sharing: mig", "such as 1g.10gb or 3g.40gb", fix)
        return
    if accelerator.sharing == "none" and accelerator.mig_profile is not None:
        what = "has no use without sharing: mig"
        yield Problem((*path, "migProfile"), what, "only with sharing: mig", "add sharing: mig, or remove it")
        return
    profile = accelerator.mig_profile
    expected = mig_resource(profile) if profile else WHOLE_GPU
    if accelerator.resource != expected:
        what = f"does not fit sharing: {accelerator.sharing}"
        yield Problem((*path, "resource"), what, expected, f"remove the key, or write {expected}")


def _existing(path: Path, pool: NodePool, backend: Existing, whole: bool) -> Iterator[Problem]:
    where = (*path, "backend")
    allowed = "nodeSelector, or nodes with manageLabels: true"
    yield from duplicates((*where, "nodes"), backend.nodes, "node", None)
    if not whole:
        return
    if backend.manage_labels and not backend.nodes:
        what = "names no nodes, although manageLabels is true"
        yield Problem((*where, "nodes"), what, "the names of the nodes to label", "add nodes")
    elif not backend.node_selector and not backend.nodes:
        fix = "add nodeSelector with labels that the pool's nodes bear"
        yield Problem(where, "selects no nodes", allowed, fix)
    elif not backend.node_selector and not backend.manage_labels:
        what = "names nodes, but pods are placed by labels only"
        yield Problem(where, what, allowed, "add manageLabels: true, or nodeSelector")
    if backend.nodes and pool.size.fixed not in (None, len(set(backend.nodes))):
        what = f"differs from the number of nodes that backend.nodes names ({len(set(backend.nodes))})"
        fix = "correct the number or the list"
        yield Problem((*path, "size", "fixed"), what, str(len(set(backend.nodes))), fix)


def _karpenter(path: Path, pool: NodePool, backend: Karpenter) -> Iterator[Problem]:
    if pool.size.min:
        yield Problem(
            (*path, "size", "min"),
            "cannot be kept: Karpenter has no least number of nodes",
            "0 for karpenter pools",
            "remove min, and keep room ready with warm.spare",
        )
    for index, requirement in enumerate(backend.requirements):
        where = (*path, "backend", "requirements", index)
        yield from _requirement((*where, "values"), requirement)
        if requirement.key == _ZONE and pool.zones:
            what = "restricts the zones a second time"
            yield Problem((*where, "key"), what, "either zones or this requirement", "remove it; zones says it")


def _requirement(path: Path, requirement: Requirement) -> Iterator[Problem]:
    operator, values = requirement.operator, requirement.values
    if operator in ("In", "NotIn") and not values:
        yield Problem(path, f"is empty with operator {operator}", "at least one text", "add the values")
    if operator in ("Exists", "DoesNotExist") and values:
        what = f"has entries with operator {operator}"
        yield Problem(path, what, "no values", "remove them, or use operator In", show(values))
    if operator in _COMPARISONS and (len(values) != 1 or not values[0].isdecimal()):
        what = f"is not one number with operator {operator}"
        yield Problem(path, what, 'one whole number in quotes, such as ["4"]', "write one number", show(values))
