"""From the engine's steps to what the objects of a stack ask for, before the run and after it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from policies.quantities import amount
from policies.rules.homes import HOME
from policies.rules.namespaces import CANARY, PROJECT_PREFIX
from policies.rules.resources import is_gpu
from tools.preview import steps
from tools.preview.demand import PLATFORM, Pods, Pool, Side, Sides, Volume
from tools.preview.recording import Recording
from tools.preview.steps import Step
from tools.preview.values import UNKNOWN

PROJECT, WORKSPACE, POOL = "slate.dev/project", "slate.dev/workspace", "slate.dev/pool"
POOL_TYPE = "slate:index:NodePool"
REPLICATED = ("Deployment", "StatefulSet", "ReplicaSet")


def sides(recording: Recording, gone_namespaces: frozenset[str] = frozenset()) -> Sides:
    """What the objects of a recording ask for.

    Args:
        recording: Of the run.
        gone_namespaces: Namespaces that are deleted, with the volumes in them.
    """
    reader = _Reader()
    given = _pools_of_settings(recording.settings)
    before, after = _Gathered(dict(given)), _Gathered(dict(given))
    seen: set[tuple[str, bool]] = set()
    for step in recording.steps:
        for inputs, gathered, is_old in ((step.old, before, True), (step.new, after, False)):
            # A replacement tells its sides in several steps.
            if inputs is not None and (step.urn, is_old) not in seen and (step.effective or step.op == steps.SAME):
                seen.add((step.urn, is_old))
                reader.read(step, inputs, gathered)
    for name in after.told - before.told:
        before.pools.pop(name, None)
        if name in reader.old_pools:  # its state is from before pools had their size among their inputs
            before.pools[name] = after.pools[name]
    for (namespace, name), volume in before.volumes.items():
        if (namespace, name) not in after.volumes and name.startswith(HOME) and namespace not in gone_namespaces:
            after.volumes[namespace, name] = replace(volume, left=True)
    return Sides(before.side(), after.side(), reader.unknown)


@dataclass
class _Gathered:
    """One side in the making."""

    pools: dict[str, Pool]
    told: set[str] = field(default_factory=set)
    """Pools whose size the steps say."""
    pods: list[Pods] = field(default_factory=list)
    volumes: dict[tuple[str, str], Volume] = field(default_factory=dict)
    """By namespace and name."""

    def side(self) -> Side:
        return Side(tuple(self.pods), tuple(self.volumes.values()), self.pools)


class _Reader:
    """Reads objects; what is not known yet is counted and left out."""

    def __init__(self) -> None:
        self.unknown = 0
        self.old_pools: set[str] = set()
        """Pools that there are before, whether their size is known or not."""

    def read(self, step: Step, inputs: Mapping[str, Any], gathered: _Gathered) -> None:
        """Add what an object asks for to a side."""
        kind = step.type.rpartition(":")[2]
        if step.type == POOL_TYPE:
            self._pool(step, inputs, gathered)
        elif kind in REPLICATED:
            self._pods(kind, inputs, gathered)
        elif kind in ("PersistentVolumeClaim", "PersistentVolumeClaimPatch"):
            name = _text(_get(inputs, "metadata", "name"))
            self._volume(inputs, inputs.get("spec"), name, gathered)

    def _pool(self, step: Step, inputs: Mapping[str, Any], gathered: _Gathered) -> None:
        if step.old is not None:
            self.old_pools.add(step.name)
        most = _count(inputs.get("most"))
        if most is not None:
            least = _count(inputs.get("least"))
            resource, product = _text(inputs.get("resource")), _text(inputs.get("product"))
            gathered.pools[step.name] = Pool(step.name, most if least is None else least, most, resource, product)
            gathered.told.add(step.name)

    def _pods(self, kind: str, inputs: Mapping[str, Any], gathered: _Gathered) -> None:
        labels = _mapping(_get(inputs, "metadata", "labels"))
        project = _text(labels.get(PROJECT))
        group = PLATFORM if project in ("", CANARY) else project  # the canary is nobody's workspace
        # Of a workspace the replicas say only whether it was made asleep; who uses it wakes it.
        sleeps = WORKSPACE in labels
        count = 1 if sleeps else self._number(_get(inputs, "spec", "replicas"), default=Fraction(1))
        asked = self._requests(_get(inputs, "spec", "template", "spec"))
        devices = {name: number * count for name, number in asked.items() if is_gpu(name)}
        cpu, memory = (asked.get(name, Fraction(0)) * count for name in ("cpu", "memory"))
        workspace = sleeps and group != PLATFORM
        gathered.pods.append(Pods(group, _text(labels.get(POOL)), workspace, cpu, memory, devices))
        if kind == "StatefulSet":
            for template in _list(_get(inputs, "spec", "volumeClaimTemplates")):
                claim = f"{_text(_get(template, 'metadata', 'name'))}-{_text(_get(inputs, 'metadata', 'name'))}-0"
                self._volume(inputs, _get(template, "spec"), claim, gathered)

    def _volume(self, owner: Mapping[str, Any], spec: Any, name: str, gathered: _Gathered) -> None:
        key = (_text(_get(owner, "metadata", "namespace")), name)
        size = self._number(_get(spec, "resources", "requests", "storage"))
        known = gathered.volumes.get(key)
        # What grows a home in place is told beside the template that it was made from.
        if known is not None:
            gathered.volumes[key] = Volume(known.group, max(size, known.size), known.storage_class)
            return
        storage_class = _text(_get(spec, "storageClassName")) or None
        gathered.volumes[key] = Volume(_group(key[0]), size, storage_class)

    def _requests(self, pod: Any) -> dict[str, Fraction]:
        """What one pod asks for: its containers together, or the largest of those that run before them."""
        together: dict[str, Fraction] = {}
        for part in _list(_get(pod, "containers")):
            for name, number in self._container(part):
                together[name] = together.get(name, Fraction(0)) + number
        for part in _list(_get(pod, "initContainers")):
            for name, number in self._container(part):
                together[name] = max(together.get(name, Fraction(0)), number)
        return together

    def _container(self, container: Any) -> Iterator[tuple[str, Fraction]]:
        limits, requests = (_mapping(_get(container, "resources", part)) for part in ("limits", "requests"))
        for name, value in {**limits, **requests}.items():
            yield str(name), self._number(value)

    def _number(self, value: Any, default: Fraction = Fraction(0)) -> Fraction:
        if value is UNKNOWN:
            self.unknown += 1
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return default
        try:
            return amount(str(value))
        except ValueError:
            self.unknown += 1
            return default


def _pools_of_settings(settings: Mapping[str, Any]) -> dict[str, Pool]:
    """The pools as the new settings have them: for stacks that use the pools of another stack's platform."""
    found = {}
    for pool in _list(settings.get("nodePools")):
        name, accelerator, size = _text(_get(pool, "name")), _get(pool, "accelerator"), _get(pool, "size")
        profile = _text(_get(accelerator, "migProfile"))
        resource = _text(_get(accelerator, "resource")) or (
            f"nvidia.com/mig-{profile}" if profile else "nvidia.com/gpu"
        )
        most = _count(_get(size, "max")) or _count(_get(size, "fixed")) or 0
        least = _count(_get(size, "fixed")) or _count(_get(size, "min")) or 0
        product = _text(_get(accelerator, "product"))
        found[name] = Pool(name, least, most, resource if accelerator else "", product, declared=False)
    return found


def _group(namespace: str) -> str:
    return namespace.removeprefix(PROJECT_PREFIX) if namespace.startswith(PROJECT_PREFIX) else PLATFORM


def _get(value: Any, *keys: str) -> Any:
    """The value some keys below another; None where there is none, a mark where it is not known."""
    for key in keys:
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _count(value: Any) -> int | None:
    """A whole number; None for what is none, as in settings that are not right."""
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
