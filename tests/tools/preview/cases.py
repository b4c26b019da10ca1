"""Changes that a reviewer meets: what each does to the settings of the stack that is up."""

import copy
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.acceptance.clone import Clone

FOLDER = Path(__file__).parent
RECORDINGS = FOLDER / "recordings"
PARAMETERS = FOLDER / "parameters"
"""Parameters of the rules for these recordings: as strict as a stack's that people work on."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""When the recordings are judged."""
OTHER_IMAGE = "quay.io/jupyter/minimal-notebook@sha256:" + "7c2a" * 16
PRICES = {
    "currency": "EUR",
    "cpuHour": 0.02,
    "memoryGibHour": 0.003,
    "gpuHour": {"NVIDIA-L40S": 1.1},
    "storageGibMonth": 0.1,
}


def base(clone: Clone) -> None:
    """The stack before the change: the dev stack, with prices and with a project whose homes are protected."""
    clone.settings["config"]["slate:prices"] = dict(PRICES)
    clone.project("language")["protected"] = True
    (clone.root / "policies" / "config" / "dev.json").write_text((PARAMETERS / "dev.json").read_text())


def new_workspace(clone: Clone) -> None:
    """Somebody joins a project."""
    clone.project("vision")["workspaces"].append({"name": "dora", "user": "dora"})


def changed_image(clone: Clone) -> None:
    """Workspaces get a new image, at their next start."""
    clone.settings["config"]["slate:images"]["placeholder"] = OTHER_IMAGE


def removed_project(clone: Clone) -> None:
    """A project with homes disappears from the settings."""
    projects = clone.settings["config"]["slate:projects"]
    projects.remove(clone.project("language"))


def loosened_target(clone: Clone) -> None:
    """Less is promised than before."""
    clone.settings["config"]["slate:serviceLevels"] = {"availability": 99.6}


def gpu_over_quota(clone: Clone) -> None:
    """More GPUs of a flavour than the project may use."""
    for name in ("dora", "gus"):
        clone.project("vision")["workspaces"].append({"name": name, "user": name, "profile": "gpu-1"})
    clone.project("vision")["quota"] |= {"cpu": 32, "memory": "256Gi", "ephemeralStorage": "400Gi"}


def gpu_quota_over_pool(clone: Clone) -> None:
    """A project's quota allows more GPUs than all pools have."""
    clone.project("vision")["quota"]["gpus"] = 8


def immutable_field(clone: Clone) -> None:
    """The program itself sets another value where Kubernetes allows no change, which replaces every workspace."""
    path = clone.root / "components" / "workspace" / "stateful_set.py"
    before = path.read_text()
    assert '"podManagementPolicy": "Parallel"' in before
    path.write_text(before.replace('"podManagementPolicy": "Parallel"', '"podManagementPolicy": "OrderedReady"'))


def broken_settings(clone: Clone) -> None:
    """The settings file is not right."""
    clone.workspace("vision", "alice")["homeSize"] = "20 gigabytes"
    clone.settings["config"]["slate:idleTimeout"] = 30


CASES: dict[str, Callable[[Clone], None]] = {
    "new-workspace": new_workspace,
    "changed-image": changed_image,
    "removed-project": removed_project,
    "loosened-target": loosened_target,
    "gpu-over-quota": gpu_over_quota,
    "gpu-quota-over-pool": gpu_quota_over_pool,
    "immutable-field": immutable_field,
    "broken-settings": broken_settings,
}
REFUSED = (
    "immutable-field",
    "removed-project",
    "loosened-target",
    "gpu-over-quota",
    "gpu-quota-over-pool",
    "broken-settings",
)
"""Cases that must not pass."""


def preview(clone: Clone, name: str, *arguments: str) -> str:
    """Run `make preview` of a case on a clone that is up; returns what it says. The settings stay as they were."""
    before: dict[str, Any] = copy.deepcopy(clone.settings)
    program = clone.root / "components"
    shutil.copytree(program, clone.root / "components.before")
    try:
        CASES[name](clone)
        clone.write_settings()
        return clone.run("preview", *arguments, code=1 if name in REFUSED else 0)
    finally:
        shutil.rmtree(program)
        (clone.root / "components.before").rename(program)
        clone.settings = before
        clone.write_settings()
