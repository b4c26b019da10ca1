"""The monthly cost before and after a run, by the price list."""

from typing import Any

import pytest

from settings.prices import HOURS_A_MONTH, Prices
from tests.tools.preview.made_steps import POOL, claim, deployment, recording, step, workspace, workspace_step
from tools.preview.cost import cost_change, price_list
from tools.preview.demand_of_steps import sides
from tools.preview.outcome import CostChange
from tools.preview.steps import Step

LIST = {
    "currency": "EUR",
    "cpuHour": 0.1,
    "memoryGibHour": 0.01,
    "gpuHour": {"NVIDIA-L40S": 2},
    "storageGibMonth": 0.5,
    "storageClasses": {"fast": 2},
}


def cost(*steps: Step, **changed: Any) -> CostChange:
    found = cost_change(sides(recording(*steps)), Prices.model_validate(LIST | changed))
    assert found is not None
    return found


def lines(found: CostChange) -> dict[str, tuple[float, float]]:
    return {line.name: (line.before, line.after) for line in found.lines}


def test_a_workspace_costs_what_it_asks_for_and_its_home():
    found = cost(workspace_step("alice", "create", new=workspace("alice", cpu="2", memory="8Gi", home="20Gi")))

    assert found.currency == "EUR"
    assert found.before == 0
    assert found.after == pytest.approx((2 * 0.1 + 8 * 0.01) * HOURS_A_MONTH + 20 * 0.5)
    assert list(lines(found)) == ["project vision"]


def test_a_workspace_costs_only_the_hours_in_which_it_is_awake():
    kept = workspace("alice", cpu="2", memory="0", home="0")

    found = cost(workspace_step("alice", "same", old=kept, new=kept), awakeHours=100)

    assert found.after == pytest.approx(2 * 0.1 * 100)
    assert "Workspaces count as awake 100 of 730 hours a month, asleep or not." in found.notes


def test_a_program_of_the_platform_runs_all_the_month():
    found = cost(
        step("kubernetes:apps/v1:Deployment", "relay", "create", new=deployment(1, cpu="1", memory="0")), awakeHours=1
    )

    assert lines(found) == {"platform": (0, pytest.approx(0.1 * HOURS_A_MONTH))}


def test_an_accelerator_has_the_price_of_its_product():
    pool = step("slate:index:NodePool", "gpu", "same", POOL, POOL)
    space = workspace("alice", cpu="0", memory="0", home="0", gpus=2, pool="gpu")

    assert cost(pool, workspace_step("alice", "create", new=space)).after == pytest.approx(2 * 2 * HOURS_A_MONTH)


def test_an_accelerator_without_a_price_is_left_out_and_said_so():
    space = workspace("alice", cpu="0", memory="0", home="0", gpus=2, pool="gone")

    found = cost(workspace_step("alice", "create", new=space))

    assert found.after == 0
    assert "Without a price, and left out: nvidia.com/gpu." in found.notes


def test_a_pool_that_is_paid_by_the_node_costs_its_nodes_and_its_workspaces_only_storage():
    pool = step("slate:index:NodePool", "gpu", "update", POOL, POOL | {"most": 6})
    space = workspace("alice", home="10Gi", gpus=1, pool="gpu")

    found = cost(pool, workspace_step("alice", "create", new=space), nodeHour={"gpu": 3})

    assert lines(found) == {
        "project vision": (0, 5),
        "nodes of pool gpu": (4 * 3 * HOURS_A_MONTH, 6 * 3 * HOURS_A_MONTH),
    }
    assert any("Paid by the node" in note and "gpu" in note for note in found.notes)


def test_what_a_product_cost_that_is_no_longer_in_the_list_is_lacking_before():
    pool = step("slate:index:NodePool", "gpu", "update", POOL, POOL | {"product": "NVIDIA-H100"})
    space = workspace("alice", cpu="0", memory="0", home="10Gi", gpus=1, pool="gpu")

    found = cost(pool, workspace_step("alice", "same", old=space, new=space), gpuHour={"NVIDIA-H100": 3})

    assert lines(found) == {"project vision": (5, 5 + 3 * HOURS_A_MONTH)}
    assert (found.total.lacks_before, found.total.lacks_after) == (True, False)
    assert "Without a price, and left out: NVIDIA-L40S." in found.notes


@pytest.mark.parametrize("price", [{"cpuHour": None, "memoryGibHour": None}, {"nodeHour": {"cpu": 1}}])
def test_what_the_nodes_of_a_removed_pool_cost_is_lacking_before(price: dict[str, Any]):
    pool = step("slate:index:NodePool", "gpu", "delete", POOL)
    space = workspace("alice", home="10Gi", gpus=1, pool="gpu")

    found = cost(pool, workspace_step("alice", "delete", old=space), **price)

    assert lines(found) == {"project vision": (5, 5), "nodes of pool gpu": (0, 0)}
    assert (found.total.lacks_before, found.total.lacks_after) == (True, False)
    assert "Without a price, and left out: nodes of pool gpu." in found.notes


def test_the_workspaces_of_a_removed_pool_are_known_where_nothing_is_paid_by_the_node():
    pool = step("slate:index:NodePool", "gpu", "delete", POOL)
    space = workspace("alice", cpu="1", memory="0", home="10Gi", gpus=1, pool="gpu")

    found = cost(pool, workspace_step("alice", "delete", old=space))

    assert lines(found) == {"project vision": (pytest.approx((0.1 + 2) * HOURS_A_MONTH + 5), 5)}
    assert not found.total.lacks_before


def test_a_storage_class_has_its_own_price():
    fast = step(
        "kubernetes:core/v1:PersistentVolumeClaim", "pages", "create", new=claim("pages", "3Gi", storage_class="fast")
    )

    assert cost(fast).after == 6


def test_the_home_of_a_removed_workspace_goes_on_costing():
    found = cost(workspace_step("bob", "delete", old=workspace("bob", cpu="0", memory="0", home="20Gi")))

    assert (found.before, found.after) == (10, 10)


def test_the_sums_are_those_of_the_lines():
    found = cost(
        workspace_step("alice", "update", old=workspace("alice"), new=workspace("alice", cpu="4")),
        step("kubernetes:apps/v1:Deployment", "relay", "delete", deployment()),
    )

    assert found.before == pytest.approx(sum(line.before for line in found.lines))
    assert found.after == pytest.approx(sum(line.after for line in found.lines))
    assert [line.name for line in found.lines] == ["platform", "project vision"]


def test_without_a_price_list_there_is_no_money():
    assert cost_change(sides(recording()), None) is None


@pytest.mark.parametrize("given", [{}, {"prices": {}}, {"prices": {"currency": "euro"}}, {"prices": "much"}])
def test_a_price_list_that_is_missing_or_wrong_is_none(given: dict[str, Any]):
    assert price_list(given) is None


def test_the_price_list_is_that_of_the_settings():
    assert price_list({"prices": LIST}) == Prices.model_validate(LIST)
