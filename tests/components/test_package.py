"""The component package: its schema is a public interface, and other languages can really use it."""

import json

import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2

from tests.components.examples import IMAGE
from tests.components.host import component_host, engine
from tests.components.manifests import validate
from tests.golden.produce import component_schema
from tests.harness import unwrap


@pytest.fixture(scope="module")
def schema():
    return component_schema()


def test_every_component_is_offered_under_its_stable_token(schema):
    assert set(schema["resources"]) == {
        "slate:index:CondaMirror",
        "slate:index:Foundation",
        "slate:index:Guardrails",
        "slate:index:ImageRegistry",
        "slate:index:NodePool",
        "slate:index:Project",
        "slate:index:ServiceLevels",
        "slate:index:Workspace",
        "slate:index:WorkspaceImages",
    }
    assert all(resource["isComponent"] for resource in schema["resources"].values())


def test_everything_that_can_be_given_is_described(schema):
    undescribed = [
        f"{owner}.{name}"
        for owner, definition in [*schema["types"].items(), *schema["resources"].items()]
        for name, given in definition.get("inputProperties", definition.get("properties", {})).items()
        if not given.get("description")
    ]

    assert undescribed == []


def construct(host, address, kind, name, inputs):
    request = provider_pb2.ConstructRequest(
        project="test",
        stack="dev",
        dryRun=False,
        monitorEndpoint=address,
        type=f"slate:index:{kind}",
        name=name,
        inputs=json_format.ParseDict(inputs, struct_pb2.Struct()),
    )
    return json_format.MessageToDict(host.Construct(request, timeout=60).state)


SCHEDULING = {
    "pool": "gpu",
    "profile": "gpu-1",
    "nodeSelector": {"slate.dev/pool": "gpu"},
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "requests": {"cpu": "8", "memory": "64Gi", "ephemeral-storage": "10Gi", "nvidia.com/gpu": "1"},
    "limits": {"cpu": "8", "memory": "64Gi", "ephemeral-storage": "10Gi", "nvidia.com/gpu": "1"},
    "sharedMemory": "16Gi",
    "priorityClass": "slate-interactive",
    "podAnnotations": {"karpenter.sh/do-not-disrupt": "true"},
}


def test_workspace_is_constructed_from_another_language():
    inputs = {
        "name": "alice",
        "project": "vision",
        "namespace": "ws-vision",
        "user": "alice",
        "image": IMAGE,
        "environment": "default",
        "scheduling": SCHEDULING,
        "host": "alice--vision.slate.example.org",
        "homeSize": "10Gi",
        "userId": 1234,  # travels as a float
        "dataSets": [{"name": "corpus", "claim": "corpus-v1", "mountPath": "/corpus"}],
    }

    with engine() as (address, monitor), component_host(address) as host:
        state = construct(host, address, "Workspace", "alice", inputs)

    (manifest,) = (unwrap(found) for found in monitor.of("StatefulSet"))
    validate(manifest)
    pod = manifest["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"slate.dev/pool": "gpu"}
    assert pod["securityContext"]["runAsUser"] == 1234
    assert {"name": "data-0", "mountPath": "/corpus", "readOnly": True} in pod["containers"][0]["volumeMounts"]
    assert state["host"] == "alice--vision.slate.example.org"


def test_node_pool_gives_its_contracts_to_another_language():
    inputs = {
        "name": "gpu",
        "backend": {"type": "simulated", "bootDelay": "5s"},
        "shape": {"cpu": "64", "memory": "512Gi", "ephemeralStorage": "1Ti", "pods": 100},
        "size": {"fixed": 2},
        "accelerator": {"count": 4},
        "profiles": [{"name": "gpu-1", "cpu": "8", "memory": "64Gi", "gpus": 1}],
    }

    with engine() as (address, monitor), component_host(address) as host:
        state = construct(host, address, "NodePool", "gpu", inputs)

    nodes = sorted((unwrap(node) for node in monitor.of("Node")), key=lambda node: node["metadata"]["name"])
    assert [node["metadata"]["name"] for node in nodes] == ["gpu-0", "gpu-1"]
    for node in nodes:
        validate(node)
    assert json.loads(nodes[0]["metadata"]["annotations"]["sim.slate.dev/capacity"])["nvidia.com/gpu"] == "4"
    assert state["profiles"]["gpu-1"]["limits"]["nvidia.com/gpu"] == "1"
    assert state["profiles"]["gpu-1"]["nodeSelector"] == {"slate.dev/pool": "gpu"}


def test_images_are_built_from_another_language():
    layers = [
        {"name": "base", "tag": "1", "target": "base", "context": "base"},
        {"name": "own", "tag": "2", "target": "environment", "context": "own", "below": "base"},
    ]

    with engine() as (address, monitor), component_host(address) as host:
        construct(host, address, "WorkspaceImages", "images", {"host": "registry.example.org", "layers": layers})

    names = {unwrap(found)["imageName"] for found in monitor.of("Image")}
    assert names == {"registry.example.org/slate/base:1", "registry.example.org/slate/own:2"}
