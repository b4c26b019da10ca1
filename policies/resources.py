"""From a resource of the stack to what rules look at: its objects, their kinds, their pods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.parameter_set import Parameters
from policies.rule import Context
from policies.rules.namespaces import guard_of
from policies.targets import CLUSTER_KINDS, PODS
from policies.values import UNKNOWN, Undecided, Value

LIST, PATCH = "List", "Patch"


@dataclass(frozen=True)
class Resource:
    """One resource of a stack; unknown values are `UNKNOWN`."""

    token: str
    """Pulumi's type, such as `kubernetes:apps/v1:StatefulSet`."""
    name: str
    urn: str
    properties: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kubernetes(self) -> bool:
        """Whether it is an object of the cluster (or a list, or a patch of one)."""
        return self.token.startswith("kubernetes:")

    def contexts(self, parameters: Parameters) -> Iterator[Context]:
        """Each object of the resource: one, or those of a list."""
        kind, roots = self.objects()
        for each in roots:
            yield self._context(kind.removesuffix(PATCH), each, parameters)

    def objects(self) -> tuple[str, list[Value]]:
        """The kind, and each object of it: the resource itself, or what it lists."""
        kind, root = self.token.rsplit(":", 1)[-1], Value(self.properties)
        items = root["items"]
        if not kind.endswith(LIST) or not items.present:
            return kind, [root]
        return kind.removesuffix(LIST), [items] if items.raw is UNKNOWN else list(items.each())

    def _context(self, kind: str, root: Value, parameters: Parameters) -> Context:
        namespace, name = _text(root, "metadata", "namespace"), _text(root, "metadata", "name")
        template = _template(kind, root)
        guard = guard_of((name if kind == "Namespace" else namespace) or "")
        return Context(
            kind=kind,
            name=name or self.name,
            namespace="" if kind in CLUSTER_KINDS else namespace or "",
            # What is in no namespace that we know is judged by the stricter rules.
            tenant=kind not in CLUSTER_KINDS and guard != "platform",
            root=root,
            pod=_child(template, "spec") if kind in PODS.kinds else Value(None, "spec"),
            template=template,
            parameters=parameters,
            token=self.token,
            options=self.options,
        )

    def keys(self, parameters: Parameters) -> set[str]:
        """How exemptions name the resource's objects: `Kind namespace/name`."""
        return {object_key(context) for context in self.contexts(parameters)}


def object_key(context: Context) -> str:
    """How an exemption names an object."""
    return f"{context.kind} {context.namespace + '/' if context.namespace else ''}{context.name}"


def _template(kind: str, root: Value) -> Value:
    path: tuple[str, ...] = ("spec", "template")
    if kind == "Pod" or kind not in PODS.kinds:
        path = ()
    elif kind == "PodTemplate":
        path = ("template",)
    elif kind == "CronJob":
        path = ("spec", "jobTemplate", "spec", "template")
    for key in path:
        root = _child(root, key)
    return root


def _child(value: Value, key: str) -> Value:
    """A field, or what is not known of which it would be one."""
    return value if value.raw is UNKNOWN else value[key]


def _text(root: Value, *keys: str) -> str | None:
    """A text, or None if it is missing or not known yet."""
    try:
        return root.at(*keys).text() or None
    except Undecided:
        return None
