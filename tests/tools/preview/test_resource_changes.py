"""What is asked for before and after a run, row by row."""

from typing import Any

import pytest

from tests.tools.preview.made_steps import POOL, claim, deployment, recording, step, workspace, workspace_step
from tools.preview.demand_of_steps import sides
from tools.preview.outcome import ResourceRow
from tools.preview.recording import Recording
from tools.preview.resource_changes import resource_change
from tools.preview.steps import Step
from tools.preview.values import UNKNOWN

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"


def rows(
    *steps: Step, settings: dict[str, Any] | None = None, gone: frozenset[str] = frozenset()
) -> dict[str, ResourceRow]:
    change = resource_change(sides(recording(*steps, settings=settings), gone))
    return {row.name: row for row in change.rows} if change else {}


def both(row: ResourceRow) -> tuple[float, float]:
    return row.before, row.after


def test_a_new_workspace_is_asked_for_by_itself():
    found = rows(
        workspace_step("alice", "same", old=workspace("alice"), new=workspace("alice")),
        workspace_step("bob", "create", new=workspace("bob", cpu="500m", memory="8Gi", home="20Gi")),
    )

    assert both(found["workspaces"]) == (1, 2)
    assert both(found["CPU requests"]) == (1, 1.5)
    assert both(found["memory requests"]) == (4, 12)
    assert both(found["storage"]) == (10, 30)


def test_a_workspace_that_was_made_asleep_counts_as_awake():
    asleep = workspace("bob", replicas=0)

    assert both(rows(workspace_step("bob", "create", new=asleep))["CPU requests"]) == (0, 1)


def test_the_canary_is_the_platforms_and_nobodys_workspace():
    canary = workspace("canary")
    canary["metadata"] |= {"namespace": "slate-canary", "labels": {"slate.dev/project": "slate-canary"}}
    canary["metadata"]["labels"]["slate.dev/workspace"] = "canary"

    found = sides(recording(workspace_step("canary", "create", new=canary))).after

    assert [(pods.group, pods.workspace) for pods in found.pods] == [("platform", False)]
    assert [volume.group for volume in found.volumes] == ["platform"]


def test_the_home_of_a_removed_workspace_stays_and_is_said_to():
    found = rows(workspace_step("bob", "delete", old=workspace("bob", home="20Gi")))

    assert both(found["workspaces"]) == (1, 0)
    assert both(found["CPU requests"]) == (1, 0)
    assert both(found["storage"]) == (20, 20)
    assert found["storage"].note == "1 home (20 GiB) of a removed workspace stays until somebody deletes it"


def test_homes_go_with_their_namespace():
    gone = frozenset({"ws-vision"})

    found = rows(workspace_step("bob", "delete", old=workspace("bob")), gone=gone)

    assert both(found["storage"]) == (10, 0)


def test_a_home_that_grows_in_place_is_counted_once_at_its_new_size():
    kept = workspace("bob", home="10Gi")
    grown = claim("home-bob-0", "25Gi", namespace="ws-vision")

    found = rows(
        workspace_step("bob", "same", old=kept, new=kept),
        step("kubernetes:core/v1:PersistentVolumeClaimPatch", "bob--vision", "create", new=grown),
    )

    assert both(found["storage"]) == (10, 25)


def test_a_program_counts_once_for_each_of_its_pods():
    found = rows(step(DEPLOYMENT, "relay", "update", deployment(2), deployment(3)))

    assert both(found["CPU requests"]) == pytest.approx((0.1, 0.15))
    assert both(found["memory requests"]) == (0.5, 0.75)


def test_a_program_at_rest_asks_for_nothing():
    assert both(rows(step(DEPLOYMENT, "relay", "create", new=deployment(0)))["CPU requests"]) == (0, 0)


def test_what_runs_before_the_containers_counts_where_it_needs_more():
    first = [{"name": "first", "resources": {"requests": {"cpu": "2", "memory": "1Mi"}}}]

    found = rows(step(DEPLOYMENT, "relay", "create", new=deployment(1, initContainers=first)))

    assert both(found["CPU requests"]) == (0, 2)
    assert found["memory requests"].after == 0.25


def test_a_replaced_object_is_counted_once_on_each_side():
    old, new = claim("pages", "1Gi"), claim("pages", "2Gi")
    three = [
        step(CLAIM, "pages", op, old, None if op == "delete-replaced" else new)
        for op in ("create-replacement", "replace", "delete-replaced")
    ]

    assert both(rows(*three)["storage"]) == (1, 2)


def test_accelerators_are_named_by_their_product():
    pool = step("slate:index:NodePool", "gpu", "same", POOL, POOL)

    found = rows(pool, workspace_step("alice", "create", new=workspace("alice", gpus=2, pool="gpu")))

    assert both(found["NVIDIA-L40S"]) == (0, 2)


def test_a_stack_of_projects_knows_its_pools_from_the_settings():
    pools = [{"name": "gpu", "size": {"max": 3}, "accelerator": {"count": 4, "product": "NVIDIA-L4"}}]

    found = rows(
        workspace_step("alice", "create", new=workspace("alice", gpus=1, pool="gpu")), settings={"nodePools": pools}
    )

    assert both(found["NVIDIA-L4"]) == (0, 1)
    assert "nodes of pool gpu" not in found


def test_an_accelerator_of_an_unfamiliar_pool_is_named_by_its_resource():
    found = rows(workspace_step("alice", "create", new=workspace("alice", gpus=1, pool="gone")))

    assert both(found["nvidia.com/gpu"]) == (0, 1)


def test_a_pool_that_grows_tells_its_largest_size_and_its_range():
    found = rows(step("slate:index:NodePool", "gpu", "update", POOL, POOL | {"most": 6}))

    assert both(found["nodes of pool gpu"]) == (4, 6)
    assert found["nodes of pool gpu"].note == "at most; from 1 on, as they are needed"


@pytest.mark.parametrize(
    ("op", "old", "new", "expected"), [("create", None, POOL, (0, 4)), ("delete", POOL, None, (4, 0))]
)
def test_a_pool_that_comes_or_goes(op: str, old: Any, new: Any, expected: tuple[float, float]):
    settings = {"nodePools": [{"name": "gpu", "size": {"max": 4}}] if new else []}

    assert (
        both(rows(step("slate:index:NodePool", "gpu", op, old, new), settings=settings)["nodes of pool gpu"])
        == expected
    )


def test_a_state_from_before_pools_had_sizes_counts_as_unchanged():
    settings = {"nodePools": [{"name": "gpu", "size": {"max": 4}}]}

    found = rows(step("slate:index:NodePool", "gpu", "update", {}, POOL), settings=settings)

    assert both(found["nodes of pool gpu"]) == (4, 4)


@pytest.mark.parametrize("unknown", [UNKNOWN, "much"])
def test_what_is_not_known_yet_is_left_out_and_said_so(unknown: Any):
    found = rows(workspace_step("bob", "create", new=workspace("bob", cpu=unknown)))

    assert found["CPU requests"].after == 0
    assert "1 quantities are known only after the update" in found["CPU requests"].note


def test_a_run_without_objects_has_no_rows():
    assert resource_change(sides(Recording("dev", "preview"))) is None


def test_a_read_or_refreshed_object_is_not_counted():
    assert rows(step(CLAIM, "pages", "read", claim("pages", "1Gi"), claim("pages", "1Gi"))) == {}
