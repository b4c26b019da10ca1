"""From a plain Kubernetes manifest to a typed Pulumi resource, and checks of component arguments."""

import difflib
import functools
import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

Manifest = dict[str, Any]
Made = TypeVar("Made", bound=pulumi.Resource)

_ARGUMENTS = {
    "metadata": "metadata",
    "spec": "spec",
    "data": "data",
    "rules": "rules",
    "subjects": "subjects",
    "roleRef": "role_ref",
    "value": "value",
    "type": "type",
    "immutable": "immutable",
    "description": "description",
    "globalDefault": "global_default",
    "preemptionPolicy": "preemption_policy",
    "automountServiceAccountToken": "automount_service_account_token",
}


def declare(kind: Callable[..., Made], name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions) -> Made:
    """Declare one object from its manifest.

    Args:
        kind: Resource class of `pulumi_kubernetes`; it sets apiVersion and kind itself.
        name: Pulumi's name of the resource, unique for its type in the stack.
        manifest: The object as Kubernetes sees it, without status.
        opts: Options of the resource.
    """
    fields = {_ARGUMENTS[key]: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
    return kind(name, opts=opts, **fields)


def declare_untyped(name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """Declare one object without the SDK's class for its kind, for kinds of which a fleet has thousands.

    To the engine and the provider it is the same resource. It spares the program a third of the time of each
    object: translating names, typing outputs nobody reads, and aliases of API versions that are long gone.

    Args:
        name: Pulumi's name of the resource.
        manifest: The object as Kubernetes sees it, with apiVersion and kind.
        opts: Options of the resource.
    """
    token = f"kubernetes:{manifest['apiVersion']}:{manifest['kind']}"
    versioned = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(version=_provider_version()))
    return pulumi.CustomResource(token, name, dict(manifest), versioned)


@functools.cache
def _provider_version() -> str:
    return importlib.metadata.version("pulumi-kubernetes")


def check_keys(component: str, args: Mapping[str, Any], allowed: type) -> None:
    """Refuse misspelt and missing arguments, which a `TypedDict` alone does not at run time.

    Raises:
        ValueError: Names the keys, and the nearest allowed one.
    """
    known = set(allowed.__annotations__)
    problems = []
    for key in sorted(set(args) - known):
        near = difflib.get_close_matches(key, known, n=1)
        problems.append(f"unknown argument {key!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    required = getattr(allowed, "__required_keys__", frozenset())
    problems += [f"missing argument {key!r}" for key in sorted(required - set(args))]
    if problems:
        raise ValueError(f"{component}: {'; '.join(problems)}; allowed: {', '.join(sorted(known))}")


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that have a value: keys with None are left out, as Kubernetes' own defaults then apply."""
    return {key: value for key, value in values.items() if value is not None}
