"""What each backend declares."""

import json

import pytest

from components.node_pool import NodePool
from components.node_pool.managed import load_factory
from tests.components.examples import IMAGE, cpu_pool, gpu_pool
from tests.components.manifests import validate
from tests.harness import run


def declare(args, **options):
    return run(lambda: NodePool(args["name"], args), **options)


@pytest.mark.parametrize("preview", [True, False])
def test_simulated_pool_makes_one_node_each_with_its_capacity(preview):
    monitor = declare(gpu_pool(size={"fixed": 2}, zones=["a", "b"]), preview=preview)

    nodes = [record.manifest for record in monitor.of("Node")]
    assert [node["metadata"]["name"] for node in nodes] == ["gpu-0", "gpu-1"]
    assert [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes] == ["a", "b"]
    capacity = json.loads(nodes[0]["metadata"]["annotations"]["sim.slate.dev/capacity"])
    assert capacity == {
        "cpu": "16",
        "memory": "64Gi",
        "ephemeral-storage": "200Gi",
        "pods": "50",
        "nvidia.com/gpu": "4",
    }
    assert nodes[0]["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]


def test_simulated_node_can_take_time_to_boot():
    monitor = declare(cpu_pool(backend={"type": "simulated", "boot_delay": "5s"}))

    assert monitor.one("Node", "cpu-0").manifest["metadata"]["annotations"]["sim.slate.dev/ready-after"] == "5s"


def test_existing_pool_declares_nothing_unless_asked():
    args = cpu_pool(backend={"type": "existing", "node_selector": {"pool": "cpu"}})

    assert [record.type for record in declare(args)] == ["slate:index:NodePool"]


def test_existing_pool_labels_the_named_nodes_and_leaves_their_taints_alone():
    backend = {"type": "existing", "nodes": ["n1", "n2"], "manage_labels": True}

    monitor = declare(cpu_pool(backend=backend, labels={"team": "ml"}))

    patches = [record.manifest for record in monitor.of("NodePatch")]
    assert [patch["metadata"]["name"] for patch in patches] == ["n1", "n2"]
    assert patches[0]["metadata"]["labels"] == {"slate.dev/pool": "cpu", "team": "ml"}
    assert "spec" not in patches[0]


def test_karpenter_pool_keeps_nodes_of_running_workspaces():
    backend = {
        "type": "karpenter",
        "node_class": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"},
        "requirements": [{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["p5"]}],
        "weight": 10,
    }
    disruption = {"freeze": [{"schedule": "0 8 * * mon-fri", "duration": "10h"}]}

    monitor = declare(gpu_pool(backend=backend, disruption=disruption, size={"max": 3}, zones=["eu-1a"]))

    custom = next(record.manifest for record in monitor if record.type == "kubernetes:karpenter.sh/v1:NodePool")
    spec = custom["spec"]
    assert spec["disruption"]["consolidationPolicy"] == "WhenEmpty"
    assert spec["template"]["spec"]["expireAfter"] == "Never"
    assert "terminationGracePeriod" not in spec["template"]["spec"]
    assert {"nodes": "0", "reasons": ["Drifted", "Underutilized"]} in spec["disruption"]["budgets"]
    assert {"nodes": "0", "schedule": "0 8 * * mon-fri", "duration": "10h"} in spec["disruption"]["budgets"]
    assert spec["limits"] == {"nodes": "3", "nvidia.com/gpu": "12"}
    assert spec["template"]["spec"]["taints"][0]["key"] == "nvidia.com/gpu"
    keys = [requirement["key"] for requirement in spec["template"]["spec"]["requirements"]]
    assert keys == ["kubernetes.io/arch", "topology.kubernetes.io/zone", "karpenter.k8s.aws/instance-family"]


def test_managed_pool_calls_the_users_function_with_all_the_pool_must_bear(tmp_path, monkeypatch):
    (tmp_path / "cloud_pools.py").write_text("calls = []\ndef create(**given):\n    calls.append(given)\n")
    monkeypatch.syspath_prepend(tmp_path)
    backend = {"type": "managed", "factory": "cloud_pools:create", "options": {"machine": "g2"}}

    declare(gpu_pool(backend=backend))

    import cloud_pools  # pyright: ignore[reportMissingImports] - made above

    (call,) = cloud_pools.calls
    assert call["name"] == "gpu"
    assert call["options"] == {"machine": "g2"}
    assert call["labels"]["slate.dev/pool"] == "gpu"
    assert call["taints"][0]["key"] == "nvidia.com/gpu"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no-colon", "must be written as 'module:function'"),
        ("no_such_module:create", "put no_such_module.py beside __main__.py"),
        ("json:nothing", "has no function 'nothing'"),
    ],
)
def test_managed_factory_that_cannot_be_used_is_explained(path, message):
    with pytest.raises(ValueError, match=message):
        load_factory(path)


def test_unknown_backend_and_misspelt_argument_are_refused():
    with pytest.raises(ValueError, match="unknown backend 'magic'; allowed: existing, karpenter, simulated, managed"):
        declare(cpu_pool(backend={"type": "magic"}))
    with pytest.raises(ValueError, match=r"unknown argument 'shap' \(did you mean 'shape'\?\)"):
        declare(cpu_pool(shap={}))


def test_warm_pool_holds_room_of_a_workspace_with_the_lowest_priority():
    monitor = declare(gpu_pool(warm={"spare": 2, "profile": "gpu-1"}))

    manifest = monitor.one("Deployment", "gpu-placeholder").manifest
    validate(manifest)
    pod = manifest["spec"]["template"]["spec"]
    assert manifest["spec"]["replicas"] == 2
    assert pod["priorityClassName"] == "slate-placeholder"
    assert pod["containers"][0]["resources"]["requests"]["nvidia.com/gpu"] == "1"
    assert pod["nodeSelector"] == {"slate.dev/pool": "gpu"}


def test_simulated_node_offers_what_it_does_not_keep_for_itself():
    shape = cpu_pool()["shape"] | {"reserved": {"cpu": "500m", "memory": "4Gi"}}

    monitor = declare(cpu_pool(shape=shape))

    annotations = monitor.one("Node", "cpu-0").manifest["metadata"]["annotations"]
    capacity = json.loads(annotations["sim.slate.dev/capacity"])
    assert capacity["cpu"] == "15500m"
    assert capacity["memory"] == str(60 * 2**30)
    assert capacity["ephemeral-storage"] == "200Gi"


def test_helpers_pull_their_images_with_the_registrys_secret():
    monitor = declare(gpu_pool(warm={"spare": 1, "profile": "gpu-1"}, pre_pull=[IMAGE], pull_secret="registry"))

    for kind in ("Deployment", "DaemonSet"):
        (record,) = monitor.of(kind)
        assert record.manifest["spec"]["template"]["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def test_images_are_pulled_ahead_on_every_node_of_the_pool():
    monitor = declare(gpu_pool(pre_pull=[IMAGE]))

    manifest = monitor.one("DaemonSet", "gpu-pre-pull").manifest
    validate(manifest)
    pod = manifest["spec"]["template"]["spec"]
    assert [container["image"] for container in pod["initContainers"]] == [IMAGE]
    assert pod["tolerations"][0]["key"] == "nvidia.com/gpu"


def test_contract_of_each_profile_is_an_output():
    monitor = declare(gpu_pool())

    outputs = monitor.one("NodePool", "gpu").outputs
    assert outputs["poolName"] == "gpu"
    assert outputs["profiles"]["gpu-1"]["limits"]["nvidia.com/gpu"] == "1"


@pytest.mark.parametrize(
    ("backend", "size", "nodes"),
    [
        ({"type": "existing", "node_selector": {"pool": "gpu"}}, {"fixed": 6}, (6, 6)),
        ({"type": "simulated"}, {"min": 1, "max": 4}, (1, 4)),
        ({"type": "simulated"}, {"max": 4}, (0, 4)),
    ],
)
def test_the_size_of_a_pool_stays_in_the_state_whatever_makes_its_nodes(backend, size, nodes):
    inputs = declare(gpu_pool(backend=backend, size=size)).one("NodePool", "gpu").inputs

    assert (inputs["least"], inputs["most"]) == nodes
    assert inputs["resource"] == "nvidia.com/gpu"


def test_a_pool_without_accelerators_says_nothing_of_them():
    inputs = declare(cpu_pool(size={"fixed": 2})).one("NodePool", "cpu").inputs

    assert inputs == {"least": 2, "most": 2}
