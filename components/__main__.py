"""Hosts the components as a Pulumi package, so that programs in any language can use them."""

import sys
from pathlib import Path

# Started by its folder, Python puts that folder on the path, and not the one that holds the package.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from pulumi.provider.experimental import component_provider_host  # noqa: E402

from components.conda_mirror import CondaMirror  # noqa: E402
from components.foundation import Foundation  # noqa: E402
from components.guardrails import Guardrails  # noqa: E402
from components.node_pool import NodePool  # noqa: E402
from components.project import Project  # noqa: E402
from components.registry import ImageRegistry  # noqa: E402
from components.service_levels import ServiceLevels  # noqa: E402
from components.workspace import Workspace  # noqa: E402
from components.workspace_images import WorkspaceImages  # noqa: E402

VERSION = "0.1.0"

if __name__ == "__main__":
    component_provider_host(
        name="slate",
        components=[
            CondaMirror,
            Foundation,
            Guardrails,
            ImageRegistry,
            NodePool,
            Project,
            ServiceLevels,
            Workspace,
            WorkspaceImages,
        ],
        version=VERSION,
        namespace="slate",
    )
