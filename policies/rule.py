"""What a rule is: words for people, a predicate over a manifest, and the same in CEL for the API server."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from policies.parameter_set import Parameters
from policies.targets import Target
from policies.values import UNKNOWN, Problem, Value


class Severity(Enum):
    """How bad a violation is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Where(Enum):
    """In which namespaces a rule holds."""

    TENANTS = "projects"
    EVERYWHERE = "projects and platform"


class Scope(Enum):
    """What a predicate is asked about, one at a time, so that an unknown in one hides nothing of the others."""

    OBJECT = "object"
    POD = "pod"
    CONTAINER = "container"
    """Containers of every kind, ephemeral ones included."""
    RUNNING = "running"
    """Containers and init containers: those that have resources and ports."""
    VOLUME = "volume"


@dataclass(frozen=True)
class Context:
    """What a predicate may know besides the value that it judges."""

    kind: str
    name: str
    namespace: str
    """Empty for objects of the whole cluster."""
    tenant: bool
    """Whether the namespace is a project's, not the platform's."""
    root: Value
    """The whole object."""
    pod: Value
    """Its pod's specification; missing if it has none."""
    template: Value
    """What holds the pod's specification and its metadata."""
    parameters: Parameters
    token: str = ""
    """Pulumi's type of the resource."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Pulumi's options of the resource, such as `protect`."""
    scopes: dict["Scope", list[Value]] = field(default_factory=dict)
    """What has been asked for already, as every rule asks about the same containers and volumes."""

    @property
    def project(self) -> str:
        """Name of the project that the namespace belongs to."""
        return self.namespace.removeprefix("ws-")


Predicate = Callable[[Value, Context], Iterable[Problem] | None]


@dataclass(frozen=True)
class Rule:
    """One row of the table."""

    id: str
    title: str
    """What must hold, as one sentence without a full stop."""
    severity: Severity
    rationale: str
    remediation: str
    target: Target
    references: tuple[str, ...] = ()
    """Where it comes from: PSS (Pod Security Standards), CIS (Kubernetes benchmark), NSA (hardening guide 1.2)."""
    checks: tuple[tuple[Scope, Predicate], ...] = ()
    cel: str | None = None
    """An expression that is true where the rule holds; None where the API server cannot decide."""
    where: Where = Where.EVERYWHERE
    pod_security: bool = False
    """Whether it is a part of the profile `restricted` of the Pod Security Standards."""
    deletion: bool = False
    """It is about the deletion of an object, which only the API server sees."""

    def applies(self, kind: str, *, tenant: bool) -> bool:
        """Whether the rule is about such an object in such a place."""
        return self.target.covers(kind) and (tenant or self.where is Where.EVERYWHERE)

    def questions(self, context: Context) -> Iterator[Callable[[], Iterable[Problem] | None]]:
        """The predicate's questions about an object, to be asked one by one."""
        for scope, predicate in self.checks:
            if scope not in context.scopes:
                context.scopes[scope] = list(_in_scope(scope, context))
            for value in context.scopes[scope]:
                yield lambda predicate=predicate, value=value: predicate(value, context)

    @property
    def message(self) -> str:
        """The one line by which the API server refuses: nobody should have to look up an id to know what to do."""
        return f"{self.id}: {self.title}. {self.remediation}"


def _in_scope(scope: Scope, context: Context) -> Iterator[Value]:
    if scope is Scope.OBJECT:
        yield context.root
        return
    if not context.pod.present:
        return
    if scope is Scope.POD:
        yield context.pod
        return
    keys = ("volumes",) if scope is Scope.VOLUME else ("containers", "initContainers")
    for key in (*keys, "ephemeralContainers") if scope is Scope.CONTAINER else keys:
        part = context.pod[key]
        if part.raw is UNKNOWN:
            yield part  # whoever reads it learns that it is undecided, and the other parts are judged
        else:
            yield from part.each()


def on(scope: Scope, *predicates: Predicate) -> tuple[tuple[Scope, Predicate], ...]:
    """Checks of one scope."""
    return tuple((scope, predicate) for predicate in predicates)
