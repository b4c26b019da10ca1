"""Run the program without an engine, and record the resources that it would register."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import runpy
import secrets
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime import mocks, set_all_config

from tools.policy.problem import PolicyProblem

WITHOUT_CLUSTER = "SLATE_WITHOUT_CLUSTER"


@dataclass(frozen=True)
class Recorded:
    """One registered resource, as the engine would hand it to a policy pack."""

    urn: str
    token: str
    name: str
    properties: struct_pb2.Struct
    protect: bool
    parent: str


class Recorder(mocks.MockMonitor):
    """Keeps each registration."""

    def __init__(self, given: mocks.Mocks) -> None:
        super().__init__(given)
        self.recorded: dict[str, Recorded] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Record a resource and answer as the mocks say."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.custom:
            self.recorded[urn] = Recorded(
                urn, request.type, request.name, request.object, request.protect, request.parent
            )
        with _loop():
            return super().RegisterResource(request)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Answer a stack reference."""
        with _loop():
            return super().ReadResource(request)


class _Told(logging.Handler):
    """What the program says: warnings are shown at once, errors are kept for whoever tells why it ended."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            self.errors.append(record.getMessage())
        else:
            print(record.getMessage(), file=sys.stderr, flush=True)


class _Previewed(mocks.Mocks):
    """Everything is made as it was asked for; another stack has whatever is asked of it."""

    def __init__(self, platform: Mapping[str, Any]) -> None:
        self._platform = platform

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """What a resource's outputs are."""
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {**args.inputs, "outputs": dict(self._platform), "secretOutputNames": []}
        return (None if args.custom else f"{args.name}-id"), dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        """The program calls no provider's functions."""
        raise PolicyProblem(f"the program calls {args.token}, which has no answer without a provider")


def run(root: Path, stack: str, configuration: Mapping[str, str], platform: Mapping[str, Any]) -> list[Recorded]:
    """Run the program's `__main__.py` as at a preview.

    Args:
        root: Its folder.
        stack: Name of the stack.
        configuration: As the engine hands it out: text, with objects as JSON.
        platform: Outputs of the platform's stack, for a stack of projects alone.

    Raises:
        PolicyProblem: The program refused to go on; the message is the program's.
    """
    recorder, told, logger = Recorder(_Previewed(platform)), _Told(), logging.Logger("program")
    logger.addHandler(told)
    hidden = {"slate:tokenSecret": secrets.token_hex(32), "slate:registryCredentials": _credentials()}
    with _loop(), _without_cluster(), warnings.catch_warnings():
        # The SDK asks whether an unknown value is true when it puts several outputs together.
        warnings.simplefilter("ignore", DeprecationWarning)
        mocks.set_mocks(recorder.mocks, project="slate", stack=stack, preview=True, logger=logger, monitor=recorder)
        set_all_config({**configuration, **hidden}, list(hidden))
        try:
            pulumi.runtime.test(lambda: runpy.run_path(str(root / "__main__.py"), run_name="__main__"))()
        except SystemExit as end:
            why, told.errors = "\n".join(told.errors) or "it ended without a word", []
            raise PolicyProblem(f"Pulumi.{stack}.yaml: the program refused it: {why}") from end
        finally:
            for text in told.errors:
                print(text, file=sys.stderr)
            gc.enable()  # the program switches it off for itself
    return list(recorder.recorded.values())


def _credentials() -> str:
    """Accounts for a registry that wants some; they are used nowhere."""
    word = secrets.token_hex(16)
    return json.dumps(
        {
            "username": "puller",
            "password": word,
            "pushUsername": "pusher",
            "pushPassword": f"{word}-push",
            "htpasswd": f"puller:$2y$05${'a' * 22}\npusher:$2y$05${'a' * 22}\n",
        }
    )


@contextlib.contextmanager
def _without_cluster() -> Iterator[None]:
    """Tell the program to look at no cluster."""
    before = os.environ.get(WITHOUT_CLUSTER)
    os.environ[WITHOUT_CLUSTER] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[WITHOUT_CLUSTER]
        else:
            os.environ[WITHOUT_CLUSTER] = before


@contextlib.contextmanager
def _loop() -> Iterator[None]:
    """An event loop of this thread's own; the mocks would open one and forget it."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # what fails is raised; copies in lost futures are noise
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
