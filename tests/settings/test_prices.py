"""The price list: optional, and the same for whoever asks it."""

import pytest

from settings import Settings, load
from settings.prices import Prices
from tests.settings.examples import changed, put

LIST = {
    "currency": "EUR",
    "cpuHour": 0.03,
    "memoryGibHour": 0.004,
    "gpuHour": {"NVIDIA-L40S": 1.2, "nvidia.com/gpu": 2},
    "storageGibMonth": 0.1,
    "storageClasses": {"fast": 0.3},
}


def prices(**more: object) -> Prices:
    found = load(changed(put("nodePools[1].accelerator.product", "NVIDIA-L40S"), put("prices", LIST | more))).prices
    assert found is not None
    return found


@pytest.mark.parametrize("settings", [load(changed()), load(changed(put("prices", {})))], ids=["absent", "empty"])
def test_a_stack_needs_no_prices(settings: Settings):
    assert settings.prices is None


def test_a_product_has_its_own_price_and_others_that_of_the_resource():
    found = prices()

    assert found.gpu("NVIDIA-L40S", "nvidia.com/gpu") == 1.2
    assert found.gpu("NVIDIA-L4", "nvidia.com/gpu") == 2
    assert found.gpu(None, "nvidia.com/gpu") == 2
    assert found.gpu(None, "nvidia.com/mig-1g.10gb") is None


def test_a_price_of_zero_is_a_price():
    assert prices(gpuHour={"NVIDIA-L40S": 0, "nvidia.com/gpu": 2}).gpu("NVIDIA-L40S", "nvidia.com/gpu") == 0


def test_a_storage_class_without_a_price_of_its_own_has_the_common_one():
    found = prices()

    assert found.storage("fast") == 0.3
    assert found.storage("slow") == found.storage(None) == 0.1


def test_pools_that_are_paid_by_the_node_need_no_other_price():
    bare = {"currency": "USD", "storageGibMonth": 0.1, "nodeHour": {"cpu": 0.9, "gpu": 5}}

    found = load(changed(put("prices", bare))).prices

    assert found is not None
    assert found.cpu_hour is None
    assert found.node_hour == {"cpu": 0.9, "gpu": 5}
