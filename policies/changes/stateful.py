"""What holds data, and must not be lost by a change that was not meant so."""

from collections.abc import Iterator

from policies.changes.change import Change, ChangeRule, Does, Plan, claims_of
from policies.quantities import amount
from policies.rule import Severity
from policies.rules.namespaces import PLATFORM, PROJECT_PREFIX
from policies.values import Problem, Value

LASTING_SECRETS = ("workspace-tokens", "service-level-ids")
"""Secrets that are as old as the data: users' access, and the opaque ids in published reports."""
SHOWN = 5
"""Claims that a message names; the others are counted."""
_RETAIN = (
    ("StatefulSet", ("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"), "Retain"),
    ("StatefulSet", ("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"), "Retain"),
    # A volume that is declared by hand is kept by default, one that a class makes is not (Kubernetes documentation,
    # "Persistent Volumes").
    ("PersistentVolume", ("spec", "persistentVolumeReclaimPolicy"), "Retain"),
    ("StorageClass", ("reclaimPolicy",), "Delete"),
)


def _claim(change: Change, plan: Plan) -> Iterator[Problem]:
    if change.gone and not plan.goes_with_its_namespace(change):
        size = change.old.at("spec", "resources", "requests", "storage").text() or "unknown size"
        yield Problem("", f"is {change.does.value}: the data on it ({size}) is lost")


def _workspace(change: Change, plan: Plan) -> Iterator[Problem]:
    claims = list(claims_of(change))
    if not change.gone or not claims or plan.goes_with_its_namespace(change):
        return
    names = ", ".join(name for name, _ in claims)
    if change.does is Does.REPLACE:
        yield Problem("", f"is replaced: its pod is stopped and all that is unsaved in it is lost; {names} stays")
    else:
        user = change.old.at("metadata", "labels", "slate.dev/user").text()
        whose = f" of {user}" if user else ""
        yield Problem("", f"is deleted: the workspace{whose} is stopped for good; {names} stays until it is deleted")


def _project(change: Change, plan: Plan) -> Iterator[Problem]:
    if not change.gone or not (change.name.startswith(PROJECT_PREFIX) or change.name in PLATFORM):
        return
    claims = sorted(plan.claims(change.name).items())
    if not claims:
        yield Problem("", f"is {change.does.value}, with every claim in it, those of removed workspaces included")
        return
    shown = ", ".join(f"{name} ({size})" for name, size in claims[:SHOWN])
    more = f" and {len(claims) - SHOWN} more" if len(claims) > SHOWN else ""
    count = "1 volume" if len(claims) == 1 else f"{len(claims)} volumes"
    yield Problem(
        "", f"is {change.does.value}, and with it {count}: {shown}{more}; those of removed workspaces go as well"
    )


def _protection(change: Change, _: Plan) -> Iterator[Problem]:
    if change.protected and not change.protected_after and change.does is not Does.DELETE:
        yield Problem("", "is not protected any more: the next change may delete it with all that is in it")


def _retention(change: Change, _: Plan) -> Iterator[Problem]:
    if not change.old.present or not change.new.present:
        return
    for kind, path, default in _RETAIN:
        if kind == change.kind:
            before, after = (side.at(*path).get(default) for side in (change.old, change.new))
            if before == "Retain" and after != "Retain":
                yield Problem(".".join(path), f"was Retain and becomes {after}: what it keeps now would be deleted")


def _size(change: Change, _: Plan) -> Iterator[Problem]:
    before, after = (_storage(side) for side in (change.old, change.new))
    if before and after and amount(after) < amount(before):
        path = "spec.resources.requests.storage"
        yield Problem(path, f"was {before} and becomes {after}: a volume cannot shrink, so the update would fail")


def _storage(claim: Value) -> str:
    return claim.at("spec", "resources", "requests", "storage").text()


def _secret(change: Change, plan: Plan) -> Iterator[Problem]:
    if change.gone and change.name in LASTING_SECRETS and not plan.goes_with_its_namespace(change):
        yield Problem("", f"is {change.does.value}: what is in it cannot be had again")


_EXEMPT = "If it is meant, add an exemption to policies/config, with reason, owner and date."

RULES = (
    ChangeRule(
        "SLATE-KEEP-CLAIM",
        "A volume's claim is neither deleted nor replaced",
        Severity.CRITICAL,
        "Homes, packages, images and reports are on volumes; with the claim the volume goes.",
        f"Keep its name, namespace and storage class as they are. {_EXEMPT}",
        frozenset({"PersistentVolumeClaim", "PersistentVolume"}),
        _claim,
    ),
    ChangeRule(
        "SLATE-KEEP-PROJECT",
        "A project's namespace is neither deleted nor replaced",
        Severity.CRITICAL,
        "With the namespace go the homes of all users in it, those of workspaces that were removed before included.",
        f"Leave the project in the settings, with its name. {_EXEMPT}",
        frozenset({"Namespace"}),
        _project,
    ),
    ChangeRule(
        "SLATE-KEEP-WORKSPACE",
        "A workspace is neither deleted nor replaced",
        Severity.HIGH,
        "Its user loses what is open in it; the name of a workspace is the name of its home.",
        f"Leave the workspace in the settings, with its name and project. {_EXEMPT}",
        frozenset({"StatefulSet"}),
        _workspace,
    ),
    ChangeRule(
        "SLATE-KEEP-PROTECTION",
        "What is protected stays protected",
        Severity.HIGH,
        "The change after this one could delete the project, and its reviewer would see one line.",
        f"Leave out protected: false. {_EXEMPT}",
        frozenset({"Namespace", "PersistentVolumeClaim"}),
        _protection,
    ),
    ChangeRule(
        "SLATE-KEEP-RETENTION",
        "Volumes that are kept stay so",
        Severity.HIGH,
        "With another policy the data goes with the object that it was made for.",
        f"Leave the policy at Retain. {_EXEMPT}",
        frozenset({"StatefulSet", "PersistentVolume", "StorageClass"}),
        _retention,
    ),
    ChangeRule(
        "SLATE-KEEP-SIZE",
        "A volume does not shrink",
        Severity.MEDIUM,
        "Kubernetes refuses it, in the middle of the update.",
        "Leave the size as it is, or raise it.",
        frozenset({"PersistentVolumeClaim"}),
        _size,
    ),
    ChangeRule(
        "SLATE-KEEP-SECRET",
        "Secrets that are as old as the data are neither deleted nor replaced",
        Severity.HIGH,
        "Every user of the project would need a new token; published reports could not be compared any more.",
        f"Keep its name. {_EXEMPT}",
        frozenset({"Secret"}),
        _secret,
    ),
)
