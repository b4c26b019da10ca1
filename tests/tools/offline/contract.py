"""What the contract tests run on: real stacks through the Automation API."""

import asyncio
import contextlib
import functools
import gc
import os
import subprocess
import sys
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pulumi
import pulumi_kubernetes
import pytest
from pulumi import automation

from tests.tools.offline.cluster_api import Api, Object, wait_until

# Every module of contract tests bears these. The SDK leaves an aborted inline program's event loop behind, which
# Python reports whenever it comes across it.
MARKS = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

PROJECT = "contract"
PARALLEL = 16  # so that all objects of a program are waited for side by side, on any machine
VERSION = "4.34.2"

Program = Callable[[pulumi.ResourceOptions], Any]

k8s: Any = pulumi_kubernetes  # untyped: the programs here pass plain manifests


@dataclass
class Outcome:
    """What an operation did.

    Attributes:
        steps: the engine's operation by resource name ("same" left out), such as {"web": "update"}.
        order: those operations in their order.
        diffs: the changed property paths by resource name.
        output: everything the CLI printed.
        failed: whether it ended with an error.
        provider: the operation on the provider resource itself.
    """

    steps: dict[str, str] = field(default_factory=dict)
    order: list[tuple[str, str]] = field(default_factory=list)
    diffs: dict[str, set[str]] = field(default_factory=dict)
    output: str = ""
    failed: bool = False
    provider: str = ""

    def note(self, event: automation.EngineEvent) -> None:
        """Take in one event of the engine."""
        if event.resource_pre_event is None:
            return
        step = event.resource_pre_event.metadata
        kind, name = step.type, step.urn.rpartition("::")[2]
        if kind.startswith("pulumi:providers:"):
            self.provider = "replace" if "replace" in step.op.value else step.op.value
        if step.op.value in ("same", "read") or kind.startswith("pulumi:"):
            return
        self.order.append((step.op.value, name))
        self.steps[name] = "replace" if "replace" in step.op.value else step.op.value
        self.diffs.setdefault(name, set()).update(step.detailed_diff or {})


class _Workspace(automation.LocalWorkspace):
    """A new stack is a copy of the first one: there is nothing in it, and the engine need not make it each time."""

    _first: ClassVar[dict[str, bytes]] = {}

    def create_stack(self, stack_name: str) -> None:
        folder = Path(self.work_dir)
        if not self._first:
            super().create_stack(stack_name)
            files = [folder / f"Pulumi.{stack_name}.yaml", *(folder / "state").rglob("*")]
            self._first.update((str(path.relative_to(folder)), path.read_bytes()) for path in files if path.is_file())
        for name, content in self._first.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


@functools.cache
def _command() -> automation.PulumiCommand:
    """The engine, which is asked for its version once."""
    return automation.PulumiCommand()


class Stack:
    """One stack with a changeable program."""

    def __init__(self, folder: Path, environment: dict[str, str], arguments: Object) -> None:
        self.arguments = arguments
        self.environment = environment
        self._folder = folder
        self.program: Program = lambda _options: None
        environment["PULUMI_BACKEND_URL"] = f"file://{folder / 'state'}"
        settings = automation.ProjectSettings(
            name=PROJECT,
            runtime="python",
            main=str(Path.cwd()),
            backend=automation.ProjectBackend(url=environment["PULUMI_BACKEND_URL"]),
        )
        (folder / "state").mkdir(parents=True)
        workspace = _Workspace(
            work_dir=str(folder),
            env_vars=environment,
            project_settings=settings,
            pulumi_command=_command(),
            program=self._run,
        )
        self._stack: Any = automation.Stack.create("dev", workspace)

        # After each operation the SDK asks for outputs and history, each by a run of the CLI. Nobody reads them here.
        self._stack.outputs = dict
        self._stack.info = lambda *_args, **_options: object()

    def _run(self) -> None:
        provider = k8s.Provider("cluster", **self.arguments)
        self.program(pulumi.ResourceOptions(provider=provider))

    def _do(self, operation: Callable[..., Any], program: Program | None, **options: Any) -> Outcome:
        if program is not None:
            self.program = program
        outcome = Outcome()
        try:
            operation(on_event=outcome.note, on_output=lambda text: _add(outcome, text), color="never", **options)
        except automation.CommandError as err:
            outcome.failed = True
            outcome.output += str(err)
        return outcome

    def preview(self, program: Program | None = None) -> Outcome:
        """Preview, whatever comes of it."""
        return self._do(self._stack.preview, program)

    def up(self, program: Program | None = None, *, fails: bool = False) -> Outcome:
        """Update; an error is expected or not."""
        return self._expect(self._do(self._stack.up, program, parallel=PARALLEL), fails)

    def refresh(self) -> Outcome:
        """Refresh the state from the cluster."""
        return self._expect(self._do(self._stack.refresh, None), False)

    def destroy(self, *, fails: bool = False) -> Outcome:
        """Delete everything."""
        return self._expect(self._do(self._stack.destroy, None), fails)

    @staticmethod
    def _expect(outcome: Outcome, fails: bool) -> Outcome:
        assert outcome.failed == fails, outcome.output
        return outcome

    def state(self) -> str:
        """The stack's file as it lies on disk."""
        return "".join(path.read_text() for path in self._folder.glob("state/.pulumi/stacks/**/dev.json"))

    def resource(self, name: str) -> Object:
        """A resource in the state."""
        found = self._stack.export_stack().deployment or {}
        return next((r for r in found.get("resources", []) if r["urn"].endswith(f"::{name}")), None)


def forget_aborted_programs() -> None:
    """Collect the event loops and sockets that the SDK leaves behind when the engine stops a program half-way.

    Otherwise they are found at some later moment, as warnings of a test that has nothing to do with them.
    """
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # On a busy machine such a program may hang for good, in a thread of its own: that fails no later test.
            with contextlib.suppress(AssertionError):
                wait_until(lambda: not any(loop.is_running() for loop in _event_loops() - _HANGING), seconds=20)
            for loop in _event_loops():
                if loop.is_running():
                    _HANGING.add(loop)
                else:
                    loop.close()
            gc.collect()
    finally:
        sys.unraisablehook = hook


def _event_loops() -> set[asyncio.AbstractEventLoop]:
    return {found for found in gc.get_objects() if isinstance(found, asyncio.AbstractEventLoop)}


_HANGING: set[asyncio.AbstractEventLoop] = set()


def _add(outcome: Outcome, text: str) -> None:
    outcome.output += text + "\n"


@dataclass
class Contract:
    """One test's stacks and namespace."""

    folder: Path
    api: Api
    environment: dict[str, str]
    namespace: str

    def stack(self, environment: dict[str, str] | None = None, **arguments: Any) -> Stack:
        """A new stack; further arguments go to the provider."""
        given = {"kubeconfig": str(self.api.kubeconfig), **arguments}
        return Stack(self.folder / uuid.uuid4().hex[:8], {**self.environment, **(environment or {})}, given)

    def path(self, plural: str, name: str = "", group: str = "") -> str:
        """The API path of something in the test's namespace; `group` with its version, such as "apps/v1"."""
        root = f"/apis/{group}" if group else "/api/v1"
        return f"{root}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def meta(self, name: str | None = None, **more: Any) -> Object:
        """Metadata in the test's namespace; without a name the provider makes one up."""
        return {"namespace": self.namespace, **({"name": name} if name else {}), **more}


def install(folder: Path, plugin: Path, environment: dict[str, str]) -> Path:
    """Install a provider into a PULUMI_HOME of its own."""
    subprocess.run(
        ["pulumi", "plugin", "install", "resource", "kubernetes", VERSION, "--file", str(plugin)],
        env={**os.environ, **environment, "PULUMI_HOME": str(folder)},
        check=True,
        capture_output=True,
    )
    return folder
