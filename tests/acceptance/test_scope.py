"""One platform stack and two project stacks declare together what one stack of scope `all` declares alone.

One story on one cluster: the whole fleet as one stack, then the same fleet as three.
"""

import copy
import json
import shutil
from typing import Any

import pytest
import yaml

from tests.acceptance.clone import Clone, states

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.usefixtures("alone")]

PLATFORM, VISION, LANGUAGE = "platform", "vision", "language"
READY = {
    VISION: {"alice": "ready", "bob": "ready", "carol": "ready"},
    LANGUAGE: {"erin": "ready", "frank": "ready"},
}
OURS = "app.kubernetes.io/part-of=slate"
# What the cluster makes by itself and bears labels of ours; besides, whatever a controller owns (but see `objects`).
DERIVED = {"Endpoints", "Event", "PersistentVolume"}
# What differs each time the same object is made: its identity, its history, and what the cluster decided for it.
IDENTITY = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")
DECIDED = {
    "PersistentVolumeClaim": ("volumeName",),
    "Pod": ("nodeName",),
    "Service": ("clusterIP", "clusterIPs"),
}
DECIDED_ANNOTATION = "volume.kubernetes.io/selected-node"


def up(clone: Clone, stack: str, code: int = 0) -> str:
    return clone.run("up", "--stack", stack, "--cluster", "embedded", code=code)


def declared(clone: Clone, stack: str) -> set[tuple[str, str]]:
    """Type and id of each Kubernetes object in a stack's state."""
    state: Any = clone.stack(stack).export_stack().deployment
    resources = state.get("resources", ())
    return {(entry["type"], entry["id"]) for entry in resources if entry["type"].startswith("kubernetes:")}


def objects(clone: Clone) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Slate's objects of every kind by kind, namespace and name.

    Of what controllers make, and mostly name at random, only the pods of StatefulSets: the workspaces.
    """
    kinds = sorted(set(clone.kubectl("api-resources", "--verbs=list", "--output=name").split()))
    listed = clone.get(",".join(kinds), "--all-namespaces", "--selector", OURS)["items"]
    return {
        (entry["kind"], entry["metadata"].get("namespace", ""), entry["metadata"]["name"]): entry
        for entry in listed
        if entry["kind"] not in DERIVED and owners(entry) <= ({"StatefulSet"} if entry["kind"] == "Pod" else set())
    }


def owners(entry: dict[str, Any]) -> set[str]:
    """The kinds of an object's owners."""
    return {owner["kind"] for owner in entry["metadata"].get("ownerReferences", ())}


def content(found: dict[tuple[str, str, str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Objects without what differs each time that they are made."""
    return {"/".join(key): _content(entry) for key, entry in found.items()}


def _content(entry: dict[str, Any]) -> dict[str, Any]:
    bare = copy.deepcopy(entry)
    bare.pop("status", None)
    if bare["metadata"]["name"] == "service-level-contract":
        # A platform alone knows no projects; reports take those that they find measured.
        contract = json.loads(bare["data"]["contract.json"])
        del contract["projects"]
        bare["data"] = contract
    for key in IDENTITY:
        bare["metadata"].pop(key, None)
    for owner in bare["metadata"].get("ownerReferences", ()):
        owner.pop("uid")
    bare["metadata"].get("annotations", {}).pop(DECIDED_ANNOTATION, None)
    for key in DECIDED.get(bare["kind"], ()):
        bare["spec"].pop(key, None)
    return bare


def marked(
    found: dict[tuple[str, str, str], dict[str, Any]], without: str | None = None
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Identity and content of the objects, without one namespace and what is in it."""
    return {
        "/".join(key): (entry["metadata"]["uid"], _content(entry))
        for key, entry in found.items()
        if without not in (key[1], key[2])
    }


def write_parts(clone: Clone) -> None:
    """Write the settings of the three stacks.

    They bring the secrets of the `all` stack, encrypted as they are there: a fleet that is split keeps the tokens of
    its users, and the platform's canary has its own. Each stack has its parameters of the policies.
    """
    whole = yaml.safe_load(clone.config_file().read_text())
    write(clone, PLATFORM, whole, {"slate:scope": "platform", "slate:projects": []})
    for project in (VISION, LANGUAGE):
        half = {"slate:scope": "projects", "slate:platformStack": PLATFORM, "slate:projects": [clone.project(project)]}
        write(clone, project, whole, half)


def write(clone: Clone, stack: str, whole: dict[str, Any], changed: dict[str, Any]) -> None:
    document = {**whole, "config": {**whole["config"], **changed}}
    parameters = clone.root / "policies" / "config"
    shutil.copy(parameters / "dev.json", parameters / f"{stack}.json")
    (clone.root / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


@pytest.fixture(scope="module")
def alone(clone: Clone) -> dict[str, Any]:
    """What the stack of scope `all` declares and makes; destroyed again."""
    clone.write_settings()
    clone.run("up")
    made = {"declared": declared(clone, "dev"), "content": content(objects(clone))}
    write_parts(clone)
    clone.run("destroy", "--yes")
    assert objects(clone) == {}
    return made


def test_a_project_stack_without_its_platform_is_refused(clone):
    said = up(clone, VISION, code=1)

    assert f"organization/slate/{PLATFORM}" in said
    assert objects(clone) == {}


def test_the_platform_stack_declares_the_half_without_projects(clone, alone):
    said = up(clone, PLATFORM)

    assert states(said) == {}
    assert declared(clone, PLATFORM) < alone["declared"]
    assert "slate-system" in clone.names("namespaces")
    assert not {name for name in clone.names("namespaces") if name.startswith("ws-")}
    assert len(clone.names("nodes")) == 3


@pytest.mark.parametrize("project", [VISION, LANGUAGE])
def test_a_project_stack_makes_its_workspaces_ready(clone, project):
    said = up(clone, project)

    assert states(said) == READY[project]


def test_the_three_declare_each_object_of_the_one_and_none_twice(clone, alone):
    parts = [declared(clone, stack) for stack in (PLATFORM, VISION, LANGUAGE)]

    assert set.union(*parts) == alone["declared"]
    assert sum(len(part) for part in parts) == len(alone["declared"])


def test_the_objects_in_the_cluster_are_those_of_the_one(clone, alone):
    together = content(objects(clone))

    assert {f"Pod/ws-{project}/{name}-0" for project, names in READY.items() for name in names} <= together.keys()
    # One by one: a difference between two trees of a thousand lines cannot be read.
    assert sorted(together) == sorted(alone["content"])
    for name, entry in together.items():
        assert entry == alone["content"][name], name


@pytest.mark.parametrize("stack", [PLATFORM, VISION, LANGUAGE])
def test_the_second_up_of_each_changes_nothing(clone, stack):
    before = objects(clone)

    said = up(clone, stack)

    assert clone.changes(stack) == []
    assert "unchanged" in said
    assert not any(word in said for word in (" created", " updated", " deleted", " replaced"))
    assert marked(objects(clone)) == marked(before)


def test_removing_one_project_stack_leaves_the_others_untouched(clone):
    before = marked(objects(clone), without="ws-language")

    clone.run("destroy", "--stack", LANGUAGE, "--cluster", "embedded", "--yes")

    after = objects(clone)
    assert "ws-language" not in clone.names("namespaces")
    assert not any("ws-language" in key for key in after)
    assert marked(after, without="ws-language") == before
    assert declared(clone, LANGUAGE) == set()


@pytest.mark.parametrize("stack", [PLATFORM, VISION])
def test_after_that_the_others_have_nothing_to_do(clone, stack):
    assert clone.changes(stack) == []


def test_destroying_the_rest_leaves_nothing(clone):
    for stack in (VISION, PLATFORM):
        clone.run("destroy", "--stack", stack, "--cluster", "embedded", "--yes")

    assert objects(clone) == {}
    assert clone.names("nodes") == set()
