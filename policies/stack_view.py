"""A stack as the rules about it see it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from policies.parameter_set import Parameters
from policies.resources import Resource
from policies.rules.namespaces import guard_of
from policies.values import UNKNOWN, Value

CONTRACT, RECORDING = "service-level-contract", "service-level-rules"
"""ConfigMaps with the contract of the service levels, and with the rules that measure it."""


@dataclass(frozen=True)
class Stack:
    """A stack's resources by kind, and its settings."""

    resources: Sequence[Resource]
    settings: Mapping[str, Any]
    parameters: Parameters
    today: date

    @cached_property
    def _by_kind(self) -> Mapping[str, list[tuple[Resource, Value]]]:
        # Rules ask for the same kinds once for each project.
        found: dict[str, list[tuple[Resource, Value]]] = defaultdict(list)
        for resource in self.resources:
            if resource.kubernetes:
                kind, roots = resource.objects()
                found[kind] += ((resource, root) for root in roots if root.raw is not UNKNOWN)
        return found

    def of(self, kind: str, namespace: str | None = None) -> Iterator[tuple[Resource, Value]]:
        """The objects of one kind, all or those of a namespace."""
        for resource, root in self._by_kind.get(kind, ()):
            if namespace is None or root["metadata"]["namespace"].text() == namespace:
                yield resource, root

    def projects(self) -> Iterator[tuple[Resource, str]]:
        """The namespaces of projects."""
        for resource, root in self.of("Namespace"):
            name = root["metadata"]["name"].text()
            if guard_of(name) == "tenant":
                yield resource, name


Answers = Iterable[tuple[str, str]]
"""URN (or nothing) and what is wrong."""
