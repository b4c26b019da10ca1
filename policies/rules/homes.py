"""Homes: whose they are, and that they stay."""

from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import CLAIM_DELETION, CLAIMS, PODS, STATEFUL_SETS
from policies.values import Problem, Value

HOME = "home-"
CLAIM_SOURCES = ("volumeName", "dataSource", "dataSourceRef")


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
    for key in CLAIM_SOURCES:
        if claim["spec"][key].present:
            yield claim["spec"][key].problem("must not be set")


def _ephemeral_source(volume: Value, context: Context) -> Iterator[Problem]:
    yield from _claim_source(volume.at("ephemeral", "volumeClaimTemplate"), context)


def _template_source(workload: Value, context: Context) -> Iterator[Problem]:
    if context.kind == "StatefulSet":
        for template in workload["spec"]["volumeClaimTemplates"].each():
            yield from _claim_source(template, context)


def _claim_owner(claim: Value, context: Context) -> Iterator[Problem]:
    name = claim["metadata"]["name"].text() or context.name
    if not name.startswith(HOME) or context.token.endswith("Patch"):
        return  # a patch leaves the labels as they are; the API server judges the whole
    labels = claim["metadata"]["labels"]
    if not labels["slate.dev/user"].get(""):
        yield labels["slate.dev/user"].problem("must name the owner of the home")
    if labels["slate.dev/project"].get(context.project) != context.project:
        yield labels["slate.dev/project"].problem("must be the project of the namespace")


_NO_SOURCE = " && ".join(f"!t.?spec.?{key}.hasValue()" for key in CLAIM_SOURCES)

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
        # Of a claim that is there, the volume's name alone may change: by the controller that binds it, and by nobody
        # else who may not change volumes anyhow.
        "(oldObject != null || (!has(object.spec.dataSource) && !has(object.spec.dataSourceRef)))"
        " && (object.spec.?volumeName.orValue('') == (oldObject == null ? '' : oldObject.spec.?volumeName.orValue(''))"
        " || (oldObject != null && authorizer.group('').resource('persistentvolumes').check('update').allowed()))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-CLAIM-TEMPLATE",
        "A claim that a workload makes does not choose its volume or copy another's data either",
        Severity.CRITICAL,
        "A volume that still holds somebody's home would be bound again.",
        "Remove volumeName, dataSource and dataSourceRef from volumeClaimTemplates and ephemeral volumes.",
        PODS,
        (),
        (*on(Scope.VOLUME, _ephemeral_source), *on(Scope.OBJECT, _template_source)),
        "(variables.volumes.filter(v, has(v.ephemeral)).map(v, v.ephemeral.?volumeClaimTemplate.orValue({}))"
        f" + variables.claimTemplates).all(t, {_NO_SOURCE})",
        Where.TENANTS,
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
