"""`Guardrails`: the rules of policies/ as the API server enforces them, on what anybody makes by any means.

Declared before any project: what is made earlier would be judged only when it is changed.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions

from components import labels
from components.objects import check_keys, declare_untyped
from policies import admission


class GuardrailsArgs(TypedDict):
    """Inputs of `Guardrails`."""

    parameters: Mapping[str, str]
    """What the rules are told, as `policies.admission.parameter_data` writes it."""
    levels: NotRequired[Mapping[str, str]]
    """Levels of rules that are not `mandatory`: `advisory` warns, `disabled` is silent."""


class Guardrails(pulumi.ComponentResource):
    """ValidatingAdmissionPolicies with the stack's parameters, and their bindings.

    Raises:
        ValueError: An argument is unknown or missing.
    """

    def __init__(self, name: str, args: GuardrailsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:Guardrails", name, {}, opts)
        check_keys(f"Guardrails {name!r}", args, GuardrailsArgs)
        own = labels.standard(name, "guardrails")
        made = admission.manifests(args["parameters"], args.get("levels") or {}, own)
        for policy, binding in zip(made[::2], made[1::2], strict=True):
            declared = declare_untyped(policy["metadata"]["name"], policy, ResourceOptions(parent=self))
            after = ResourceOptions(parent=self, depends_on=[declared])
            declare_untyped(binding["metadata"]["name"], binding, after)
        self.register_outputs({})
