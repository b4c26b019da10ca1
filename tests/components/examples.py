"""Arguments that tests start from."""

from typing import Any, cast

from components.node_pool.args import NodePoolArgs
from components.node_pool.contract import contract
from components.project.args import ProjectArgs
from components.workspace.args import WorkspaceArgs

DIGEST = "sha256:" + "0" * 64
IMAGE = f"registry.example.org/workspace@{DIGEST}"


def cpu_pool(**changes: Any) -> NodePoolArgs:
    base = {
        "name": "cpu",
        "backend": {"type": "simulated"},
        "shape": {"cpu": "16", "memory": "64Gi", "ephemeral_storage": "200Gi", "pods": 50},
        "size": {"fixed": 2},
        "profiles": [{"name": "small", "cpu": "1", "memory": "4Gi"}],
    }
    return cast(NodePoolArgs, base | changes)


def gpu_pool(**changes: Any) -> NodePoolArgs:
    base = {
        "name": "gpu",
        "accelerator": {"count": 4, "product": "NVIDIA-A100-SXM4-80GB", "runtime_class": "nvidia"},
        "size": {"fixed": 1},
        "profiles": [{"name": "gpu-1", "cpu": "8", "memory": "64Gi", "shared_memory": "16Gi", "gpus": 1}],
    }
    return cpu_pool(**(base | changes))


def project(**changes: Any) -> ProjectArgs:
    base = {
        "name": "vision",
        "quota": {
            "cpu": "8",
            "memory": "32Gi",
            "ephemeral_storage": "80Gi",
            "storage": "200Gi",
            "gpus": 1,
            "workspaces": 4,
        },
        "token_secret": "s" * 32,
        "access": [{"workspace": "alice", "ssh_keys": ["ssh-ed25519 AAAA alice"], "token_generation": 2}],
        "members": [{"name": "alice@example.org"}],
        "accelerator_resources": ["nvidia.com/gpu"],
    }
    return cast(ProjectArgs, base | changes)


def workspace(pool: NodePoolArgs | None = None, profile: str = "small", **changes: Any) -> WorkspaceArgs:
    base = {
        "name": "alice",
        "project": "vision",
        "namespace": "ws-vision",
        "user": "alice",
        "image": IMAGE,
        "environment": "default",
        "scheduling": contract(pool or cpu_pool(), profile),
        "host": "alice--vision.slate.example.org",
        "home_size": "10Gi",
    }
    return cast(WorkspaceArgs, base | changes)
