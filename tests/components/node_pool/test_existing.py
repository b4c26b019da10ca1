"""Warnings when the pool's description does not fit the cluster's nodes."""

from components.node_pool.existing import warnings
from tests.components.examples import gpu_pool

BACKEND = {"type": "existing", "node_selector": {"pool": "gpu"}}
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def node(**changes):
    base = {
        "name": "n1",
        "labels": {"pool": "gpu", "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"},
        "taints": [GPU_TAINT],
        "allocatable": {"cpu": "32", "memory": "256Gi", "ephemeral-storage": "500Gi", "nvidia.com/gpu": "4"},
    }
    return base | changes


def test_nodes_that_fit_give_no_warning():
    assert warnings(gpu_pool(backend=BACKEND, found_nodes=[node()])) == []


def test_nothing_is_said_when_nodes_were_not_looked_at():
    assert warnings(gpu_pool(backend=BACKEND)) == []


def test_pool_without_any_node_says_which_labels_were_wanted():
    (warning,) = warnings(gpu_pool(backend=BACKEND, found_nodes=[node(labels={})]))

    assert "no node of the cluster matches the labels" in warning
    assert "pool=gpu" in warning
    assert "stay pending" in warning


def test_taint_that_no_workspace_tolerates_is_named():
    foreign = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}

    (warning,) = warnings(gpu_pool(backend=BACKEND, found_nodes=[node(taints=[GPU_TAINT, foreign])]))

    assert "n1 bears taints no workspace tolerates: dedicated=batch:NoSchedule" in warning


def test_gpu_node_without_device_plugin_is_named():
    allocatable = {**node()["allocatable"], "nvidia.com/gpu": "0"}

    told = warnings(gpu_pool(backend=BACKEND, found_nodes=[node(allocatable=allocatable)]))

    assert "n1 announces no nvidia.com/gpu" in told[0]


def test_number_of_nodes_that_differs_from_the_settings_is_told():
    (warning,) = warnings(gpu_pool(backend=BACKEND, size={"fixed": 2}, found_nodes=[node()]))

    assert "1 nodes match, the settings say 2" in warning


def test_nodes_to_be_labelled_are_found_by_name():
    backend = {"type": "existing", "nodes": ["n9"], "manage_labels": True}

    (warning,) = warnings(gpu_pool(backend=backend, found_nodes=[node()]))

    assert "matches the names n9" in warning


def test_taint_of_the_same_key_but_another_value_is_not_tolerated():
    taint = GPU_TAINT | {"value": "true"}

    (warning,) = warnings(gpu_pool(backend=BACKEND, found_nodes=[node(taints=[taint])]))

    assert "nvidia.com/gpu=true:NoSchedule" in warning


def test_node_that_is_too_small_for_every_profile_is_named():
    small = node()["allocatable"] | {"memory": "1Gi"}

    (warning,) = warnings(gpu_pool(backend=BACKEND, found_nodes=[node(allocatable=small)]))

    assert "n1 has no room for any profile" in warning


def test_a_node_whose_runtime_has_no_user_namespaces_is_named():
    without = node(user_namespaces=False)
    (warning,) = warnings(gpu_pool(backend=BACKEND, user_namespaces=True, found_nodes=[without]))

    assert "the container runtime of node n1 has no user namespaces" in warning
    assert warnings(gpu_pool(backend=BACKEND, found_nodes=[without])) == []
    assert warnings(gpu_pool(backend=BACKEND, user_namespaces=True, found_nodes=[node(user_namespaces=True)])) == []
