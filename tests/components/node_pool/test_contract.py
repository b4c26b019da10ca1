"""The scheduling contract: the only thing a workspace knows of its pool."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.node_pool.contract import contract, contracts
from components.scheduling import pod_scheduling
from tests.components.examples import cpu_pool as pool
from tests.components.examples import gpu_pool


def test_memory_is_never_overcommitted_and_cpu_may_burst():
    args = pool(profiles=[{"name": "small", "cpu": "1", "cpu_limit": "4", "memory": "4Gi"}])

    result = contract(args, "small")

    assert result["requests"]["memory"] == result["limits"]["memory"] == "4Gi"
    assert (result["requests"]["cpu"], result["limits"]["cpu"]) == ("1", "4")


def test_gpu_pool_yields_selector_toleration_and_equal_gpu_request_and_limit():
    result = contract(gpu_pool(), "gpu-1")

    assert result["requests"]["nvidia.com/gpu"] == result["limits"]["nvidia.com/gpu"] == "1"
    assert result["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"}
    ]
    assert result["node_selector"] == {"slate.dev/pool": "gpu"}
    assert result.get("runtime_class") == "nvidia"


def test_runtime_class_is_only_for_pods_that_have_a_gpu():
    args = gpu_pool(profiles=[{"name": "plain", "cpu": "1", "memory": "1Gi"}])

    assert "runtime_class" not in contract(args, "plain")


def test_mig_slices_are_requested_by_their_own_name():
    accelerator = {"count": 7, "sharing": "mig", "mig_profile": "1g.10gb"}

    result = contract(gpu_pool(accelerator=accelerator), "gpu-1")

    assert result["limits"]["nvidia.com/mig-1g.10gb"] == "1"
    assert "nvidia.com/gpu" not in result["limits"]


def test_existing_nodes_are_found_by_the_labels_they_have():
    args = pool(backend={"type": "existing", "node_selector": {"disk": "ssd"}})

    assert contract(args, "small")["node_selector"] == {"disk": "ssd"}


def test_existing_nodes_that_we_label_are_found_by_our_label():
    args = pool(backend={"type": "existing", "nodes": ["n1"], "manage_labels": True})

    assert contract(args, "small")["node_selector"] == {"slate.dev/pool": "cpu"}


def test_a_taint_without_value_is_tolerated_by_its_key():
    args = pool(taints=[{"key": "dedicated", "effect": "NoExecute"}])

    assert contract(args, "small")["tolerations"] == [{"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}]


def test_unknown_profile_names_those_that_exist():
    with pytest.raises(ValueError, match=r"no profile 'large'; it has: small"):
        contract(pool(), "large")


@given(st.lists(st.sampled_from(["small", "medium", "large", "huge"]), min_size=1, unique=True))
def test_there_is_a_contract_for_each_profile(names):
    args = pool(profiles=[{"name": name, "cpu": "1", "memory": "1Gi"} for name in names])

    assert {name: value["profile"] for name, value in contracts(args).items()} == {name: name for name in names}


def test_user_namespaces_of_a_pool_are_those_of_its_pods():
    with_them = contract(pool(user_namespaces=True), "small")

    assert pod_scheduling(with_them)["hostUsers"] is False
    assert "hostUsers" not in pod_scheduling(contract(pool(), "small"))
