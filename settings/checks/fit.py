"""Checks that profiles fit the nodes of their pool, and the room kept free fits the pool."""

from collections.abc import Iterator
from fractions import Fraction

from settings.base import closest
from settings.errors import Path, Problem
from settings.node_pools import NodePool, Profile
from settings.partial import Partial
from settings.quantity import parse_quantity, written

_RESOURCES = (("cpu", "cpu", ""), ("memory", "memory", "bytes"), ("ephemeral_storage", "ephemeralStorage", "bytes"))


def check(partial: Partial) -> Iterator[Problem]:
    """Yields profiles that no node can hold, and warm room that the pool cannot hold."""
    for index, pool in enumerate(partial.settings.node_pools):
        path = ("nodePools", index)
        free = room(pool)
        yield from _reserved((*path, "shape", "reserved"), pool)
        for position, profile in enumerate(pool.profiles):
            yield from _profile((*path, "profiles", position), profile, pool, free)
        yield from _warm((*path, "warm"), pool, free, partial.complete(*partial.original(path), "profiles"))


def room(pool: NodePool) -> dict[str, Fraction]:
    """What workspaces can use of one node: its shape less what is reserved."""
    return {
        name: parse_quantity(getattr(pool.shape, name)) - parse_quantity(getattr(pool.shape.reserved, name))
        for name, _, _ in _RESOURCES
    }


def per_node(pool: NodePool, profile: Profile, free: dict[str, Fraction]) -> int:
    """How many workspaces of a profile fit on one node at once."""
    counts = [free[name] // parse_quantity(getattr(profile, name)) for name, _, _ in _RESOURCES]
    if profile.gpus:
        counts.append((pool.accelerator.count if pool.accelerator else 0) // profile.gpus)
    return max(0, min(*counts, pool.shape.pods))


def _reserved(path: Path, pool: NodePool) -> Iterator[Problem]:
    for name, key, unit in _RESOURCES:
        kept, whole = parse_quantity(getattr(pool.shape.reserved, name)), parse_quantity(getattr(pool.shape, name))
        if kept >= whole:
            what = f"leaves nothing of the node's {written(whole, unit)} for workspaces"
            yield Problem((*path, key), what, f"less than {written(whole, unit)}", "reserve less, or correct the shape")


def _profile(path: Path, profile: Profile, pool: NodePool, free: dict[str, Fraction]) -> Iterator[Problem]:
    for name, key, unit in _RESOURCES:
        wanted = parse_quantity(getattr(profile, name))
        if wanted > free[name] > 0:
            most = written(free[name], unit)
            what = f"does not fit a node of the pool: {most} is free there (shape less reserved)"
            fix = "lower it, or use larger nodes"
            yield Problem((*path, key), what, f"at most {most}", fix, _default(profile, name, key))
    if parse_quantity(profile.cpu_at_most) < parse_quantity(profile.cpu):
        what = f"is below cpu ({profile.cpu})"
        yield Problem((*path, "cpuLimit"), what, f"at least {profile.cpu}", "raise it, or remove the key")
    half = parse_quantity(profile.memory) / 2
    if parse_quantity(profile.shared_memory) > half:
        most = written(half, "bytes")
        what = f"is more than half of memory ({profile.memory}), which it is taken from"
        fix = f"write sharedMemory: {most}, or raise memory"
        yield Problem(
            (*path, "sharedMemory"), what, f"at most {most}", fix, _default(profile, "shared_memory", "sharedMemory")
        )
    yield from _gpus((*path, "gpus"), profile, pool)


def _gpus(path: Path, profile: Profile, pool: NodePool) -> Iterator[Problem]:
    if pool.accelerator is None:
        if profile.gpus:
            what = f"asks for GPUs, but the pool {pool.name} has no accelerator"
            yield Problem(path, what, "0 on a pool without accelerator", "move the profile to a GPU pool")
    elif profile.gpus == 0:
        what = f"uses none of the GPUs of {pool.name}: such workspaces would block its nodes"
        fix = "set gpus, or move the profile to a pool without accelerator"
        yield Problem(path, what, f"1 to {pool.accelerator.count} on this pool", fix, _default(profile, "gpus", "gpus"))
    elif profile.gpus > pool.accelerator.count:
        what = f"does not fit a node of the pool: it has {pool.accelerator.count}"
        yield Problem(path, what, f"1 to {pool.accelerator.count}", "lower it, or correct accelerator.count")


def _warm(path: Path, pool: NodePool, free: dict[str, Fraction], profiles_complete: bool) -> Iterator[Problem]:
    if pool.warm is None:
        return
    profile = pool.profile(pool.warm.profile)
    if profile is None:
        if profiles_complete:
            names = ", ".join(offered.name for offered in pool.profiles)
            near = closest(pool.warm.profile, [offered.name for offered in pool.profiles])
            fix = f"did you mean {near}?" if near else "write one of these"
            yield Problem((*path, "profile"), "names no profile of this pool", names, fix)
        return
    fitting = per_node(pool, profile, free)
    if fitting and pool.warm.spare > fitting * pool.size.most:
        most = fitting * pool.size.most
        what = f"is more than the pool can hold: {fitting} on each of at most {pool.size.most} nodes"
        yield Problem((*path, "spare"), what, f"0 to {most}", "lower it, or raise the pool's size")


def _default(profile: Profile, name: str, key: str) -> str | None:
    """How a value is shown that is not in the file; None when it is there."""
    return None if name in profile.model_fields_set else f"{getattr(profile, name)} (the default of {key})"
