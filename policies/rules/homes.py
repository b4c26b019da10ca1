"""Homes: whose they are, and that they stay."""

from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import CLAIM_DELETION, CLAIMS, PODS, STATEFUL_SETS
from policies.values import Problem, Value

HOME = "home-"


def _claim_of_pod(volume: Value, context: Context) -> Iterator[Problem]:
    claim = volume["persistentVolumeClaim"]
    if not claim.present:
        return
    name = claim["claimName"].text()
    if name.startswith(HOME):
        if context.kind != "Pod" or name != f"{HOME}{context.name}":
            yield claim["claimName"].problem("is the home of another workspace")
    elif claim["readOnly"].get() is not True:
        yield claim["readOnly"].problem("must be true: data sets are shared")


def _retention(stateful_set: Value, _: Context) -> Iterator[Problem]:
    policy = stateful_set["spec"]["persistentVolumeClaimRetentionPolicy"]
    for key in ("whenDeleted", "whenScaled"):
        if policy[key].get("Retain") != "Retain":
            yield policy[key].problem("must be Retain")


def _claim_source(claim: Value, _: Context) -> Iterator[Problem]:
    for key in ("volumeName", "dataSource", "dataSourceRef"):
        if claim["spec"][key].present:
            yield claim["spec"][key].problem("must not be set")


def _claim_owner(claim: Value, context: Context) -> Iterator[Problem]:
    if not context.name.startswith(HOME) or context.token.endswith("Patch"):
        return  # a patch leaves the labels as they are; the API server judges the whole
    labels = claim["metadata"]["labels"]
    if not labels["slate.dev/user"].get(""):
        yield labels["slate.dev/user"].problem("must name the owner of the home")
    if labels["slate.dev/project"].get(context.project) != context.project:
        yield labels["slate.dev/project"].problem("must be the project of the namespace")


RULES = (
    Rule(
        "SLATE-PVC-OWN",
        "A pod mounts its own home only, and other claims read-only",
        Severity.CRITICAL,
        "Mounting another workspace's home is reading another user's files.",
        "Mount data sets with readOnly: true; homes come from the workspace's claim template.",
        PODS,
        (),
        on(Scope.VOLUME, _claim_of_pod),
        "variables.volumes.all(v, !has(v.persistentVolumeClaim) ||"
        f" (v.persistentVolumeClaim.claimName.startsWith('{HOME}')"
        f" ? object.kind == 'Pod' && v.persistentVolumeClaim.claimName == '{HOME}' + variables.name"
        " : v.persistentVolumeClaim.?readOnly.orValue(false)))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-RETAIN",
        "Homes stay when a workspace goes",
        Severity.HIGH,
        "Otherwise putting a workspace to sleep would delete its user's files.",
        "Set persistentVolumeClaimRetentionPolicy to Retain.",
        STATEFUL_SETS,
        (),
        on(Scope.OBJECT, _retention),
        "object.spec.?persistentVolumeClaimRetentionPolicy.?whenDeleted.orValue('Retain') == 'Retain'"
        " && object.spec.?persistentVolumeClaimRetentionPolicy.?whenScaled.orValue('Retain') == 'Retain'",
    ),
    Rule(
        "SLATE-CLAIM-SOURCE",
        "A claim does not choose its volume or copy another's data",
        Severity.CRITICAL,
        "A volume that still holds somebody's home would be bound again.",
        "Remove volumeName, dataSource and dataSourceRef; an administrator restores homes with the break-glass group.",
        CLAIMS,
        (),
        on(Scope.OBJECT, _claim_source),
        "!has(object.spec.volumeName) && !has(object.spec.dataSource) && !has(object.spec.dataSourceRef)",
        Where.TENANTS,
        creation_only=True,
    ),
    Rule(
        "SLATE-CLAIM-OWNER",
        "A home names its owner, and lies in its project",
        Severity.HIGH,
        "The name of a workspace may be used again: its home must not go to the next user.",
        "Keep the labels slate.dev/user and slate.dev/project, which the workspace's claim template sets.",
        CLAIMS,
        (),
        on(Scope.OBJECT, _claim_owner),
        f"!object.metadata.name.startsWith('{HOME}')"
        " || (object.metadata.?labels[?'slate.dev/user'].orValue('') != ''"
        " && object.metadata.?labels[?'slate.dev/project'].orValue(variables.project) == variables.project)",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-CLAIM-DELETE",
        "Claims are deleted by those who may delete the project",
        Severity.CRITICAL,
        "A deleted claim is a lost home; no controller and no member of a project needs to delete one.",
        "Ask an administrator: who may delete the namespace may delete its claims.",
        CLAIM_DELETION,
        (),
        (),
        "authorizer.group('').resource('namespaces').name(request.namespace).check('delete').allowed()",
        Where.TENANTS,
        deletion=True,
    ),
)
