"""`Guardrails`: the rules of policies/ as the API server enforces them, on what anybody makes by any means.

Declared before any project: what is made earlier would be judged only when it is changed.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions

from components import labels, restricted
from components.objects import Manifest, check_keys, declare_untyped
from policies import admission


class GuardrailsArgs(TypedDict):
    """Inputs of `Guardrails`."""

    parameters: Mapping[str, str]
    """What the rules are told, as `policies.admission.parameter_data` writes it."""
    levels: NotRequired[Mapping[str, str]]
    """Levels of rules that are not `mandatory`: `advisory` warns, `disabled` is silent."""


def parameter_object(args: GuardrailsArgs) -> Manifest:
    """The one object of parameters; it lies in the platform's namespace, where no project can change it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": restricted.metadata(admission.PARAMETERS, "guardrails"),
        "data": dict(args["parameters"]),
    }


class Guardrails(pulumi.ComponentResource):
    """ValidatingAdmissionPolicies, their bindings, and the object of their parameters.

    Raises:
        ValueError: An argument is unknown or missing.
    """

    def __init__(self, name: str, args: GuardrailsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:Guardrails", name, {}, opts)
        check_keys(f"Guardrails {name!r}", args, GuardrailsArgs)
        # A component's own dependencies do not reach its children: the platform's namespace must be there first.
        first = ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        parameters = declare_untyped(admission.PARAMETERS, parameter_object(args), first)
        made = admission.manifests(args.get("levels") or {}, labels.standard(name, "guardrails"))
        for policy, binding in zip(made[::2], made[1::2], strict=True):
            declared = declare_untyped(policy["metadata"]["name"], policy, ResourceOptions(parent=self))
            # A binding whose parameters are missing refuses everything, so it is made last and deleted first.
            after = ResourceOptions(parent=self, depends_on=[declared, parameters])
            declare_untyped(binding["metadata"]["name"], binding, after)
        self.register_outputs({})
