"""Produces the content of each golden file from the code as it is."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from pulumi.runtime.proto import provider_pb2

from components.workspace.stateful_set import stateful_set
from tests.components.examples import cpu_pool, gpu_pool, workspace
from tests.components.host import component_host, engine
from tests.tools.preview import cases
from tools.preview import comment, files, recording

FOLDER = Path(__file__).parent


def component_schema() -> dict[str, Any]:
    """The schema of the component package, as its host gives it."""
    with engine() as (address, _), component_host(address) as host:
        return json.loads(host.GetSchema(provider_pb2.GetSchemaRequest(version=0), timeout=60).schema)


def cpu_workspace() -> dict[str, Any]:
    """A workspace with everything that a CPU pool's can have."""
    args = workspace(
        cpu_pool(),
        storage_class="fast",
        state="asleep",
        data_sets=[{"name": "corpus", "claim": "corpus-v1"}],
        pull_secret="registry",
    )
    return stateful_set(args)


def gpu_workspace() -> dict[str, Any]:
    """A workspace with a GPU and all defaults."""
    return stateful_set(workspace(gpu_pool(), "gpu-1"))


def as_json(value: Any) -> str:
    """Sorted and indented, for diffs that can be read."""
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def as_yaml(value: Any) -> str:
    """The manifest as one would write it."""
    return yaml.safe_dump(value, sort_keys=True, default_flow_style=False)


def preview_comment(name: str) -> str:
    """The comment on one of the recorded previews."""
    found = recording.read(files.opened(cases.RECORDINGS / f"{name}.jsonl.gz"), "dev")
    return comment.render(found, files.judge(found, cases.NOW, cases.PARAMETERS))


FILES: dict[str, Callable[[], str]] = {
    "component-schema.json": lambda: as_json(component_schema()),
    "workspace-cpu.yaml": lambda: as_yaml(cpu_workspace()),
    "workspace-gpu.yaml": lambda: as_yaml(gpu_workspace()),
    **{f"previews/{name}.md": partial(preview_comment, name) for name in cases.CASES},
}
