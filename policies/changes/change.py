"""A change as the rules see it: one object of the cluster before and after, and everything that happens beside it."""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from policies.parameter_set import Parameters
from policies.rule import Severity
from policies.values import Problem, Undecided, Value


class Does(Enum):
    """What would be done to an object."""

    KEEP = "kept"
    CREATE = "created"
    UPDATE = "updated"
    REPLACE = "replaced"
    DELETE = "deleted"


@dataclass(frozen=True)
class Change:
    """What would be done to one object."""

    urn: str
    kind: str
    namespace: str
    """Empty for objects of the whole cluster, and where it is not known."""
    name: str
    does: Does
    old: Value = field(default_factory=lambda: Value(None))
    """The object before; missing if it is new."""
    new: Value = field(default_factory=lambda: Value(None))
    """The object after; missing if it is deleted."""
    protected: bool = False
    """Whether Pulumi protects it before."""
    protected_after: bool = False
    patch: bool = False
    """Whether it is only a part of an object that somebody else makes."""

    @property
    def key(self) -> str:
        """How an exemption names the object."""
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"

    @property
    def gone(self) -> bool:
        """Whether the object as it was would be gone."""
        return self.does in (Does.DELETE, Does.REPLACE) and not self.patch


@dataclass(frozen=True)
class Plan:
    """All that a run would do."""

    changes: tuple[Change, ...]
    """Of every object, those that are kept included."""
    parameters: Parameters
    now: datetime
    """With its time zone."""

    @functools.cached_property
    def gone_namespaces(self) -> frozenset[str]:
        """The namespaces that go with all that is in them."""
        return frozenset(change.name for change in self.changes if change.kind == "Namespace" and change.gone)

    def goes_with_its_namespace(self, change: Change) -> bool:
        """Whether the namespace's own finding says it all."""
        return change.namespace in self.gone_namespaces

    def claims(self, namespace: str) -> dict[str, str]:
        """The size of each claim of a namespace as it is before, by name, as far as they are known."""
        inside = [change for change in self.changes if change.namespace == namespace]
        whole = {name: size for change in inside if not change.patch for name, size in claims_of(change)}
        # A home that has grown is patched, beside the template that it was made from.
        grown = {name: size for change in inside if change.patch for name, size in claims_of(change) if size}
        return whole | {name: size for name, size in grown.items() if name in whole}


def claims_of(change: Change) -> Iterator[tuple[str, str]]:
    """Name and size of the claims that an object stands for before the change."""
    try:
        if change.kind == "PersistentVolumeClaim" and change.old.present:
            yield change.name, change.old.at("spec", "resources", "requests", "storage").text()
        elif change.kind == "StatefulSet":
            for template in change.old["spec"]["volumeClaimTemplates"].each():
                claim = f"{template['metadata']['name'].text()}-{change.name}-0"
                yield claim, template.at("spec", "resources", "requests", "storage").text()
    except Undecided:
        return


@dataclass(frozen=True)
class ChangeRule:
    """A rule about a change."""

    id: str
    title: str
    """What must hold, as one sentence without a full stop."""
    severity: Severity
    rationale: str
    remediation: str
    kinds: frozenset[str]
    """The kinds that it is about."""
    check: Callable[[Change, Plan], Iterable[Problem]]
    references: tuple[str, ...] = ()
