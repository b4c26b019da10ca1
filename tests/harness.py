"""Strict Pulumi mocks: what the default ones hide is recorded, or refused.

The recording keeps each raw request (options, secrets), and two resources of one URN are an error.
"""

import asyncio
import contextlib
import gc
import hashlib
import json
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pulumi
import yaml
from google.protobuf import json_format
from pulumi.runtime import mocks, set_all_config

ROOT = Path(__file__).resolve().parent.parent
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRETS = frozenset({"slate:tokenSecret", "slate:registryCredentials"})
TOKEN_SECRET = "not-a-real-secret-but-long-enough-for-tests"


@dataclass
class Record:
    """One registered resource."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    request: Any
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def manifest(self) -> dict[str, Any]:
        """The Kubernetes object, with secrets unwrapped."""
        return unwrap(self.inputs)


@contextlib.contextmanager
def loop_of_its_own() -> Iterator[None]:
    """Give this thread an event loop and close it again; the mocks would open one and forget it."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # what fails is raised to the test; copies in lost futures are noise
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


class StrictMonitor(mocks.MockMonitor):
    """Records raw requests and refuses what the engine would refuse."""

    def __init__(self, given: mocks.Mocks) -> None:
        super().__init__(given)
        self.records: dict[str, Record] = {}
        self.exports: dict[str, Any] = {}

    def RegisterResource(self, request):  # noqa: N802 - the protocol's name
        urn = self.make_urn(request.parent, request.type, request.name)
        if urn in self.records:
            raise ValueError(f"duplicate URN {urn}")
        inputs = json_format.MessageToDict(request.object)
        self.records[urn] = Record(urn, request.type, request.name, inputs, request)
        with loop_of_its_own():
            return super().RegisterResource(request)

    def ReadResource(self, request):  # noqa: N802 - the protocol's name
        with loop_of_its_own():
            return super().ReadResource(request)

    def RegisterResourceOutputs(self, request):  # noqa: N802 - the protocol's name
        self.records[request.urn].outputs = json_format.MessageToDict(request.outputs)
        return super().RegisterResourceOutputs(request)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records.values())

    def of(self, kind: str) -> list[Record]:
        """Records of one kind, such as `StatefulSet` or `NodePool`."""
        return [record for record in self if record.type.rsplit(":", 1)[-1] == kind]

    def one(self, kind: str, name: str) -> Record:
        """The one record of a kind whose object (or resource) has the name."""
        found = [r for r in self.of(kind) if name in (r.name, (r.inputs.get("metadata") or {}).get("name"))]
        assert len(found) == 1, f"{len(found)} {kind} named {name}: {[r.name for r in self.of(kind)]}"
        return found[0]

    @property
    def objects(self) -> list[Record]:
        """All Kubernetes objects that are declared whole, so without patches and components."""
        return [r for r in self if r.type.startswith("kubernetes:") and not r.type.endswith("Patch")]


def pushed_digest(tag: str) -> str:
    """The digest that the mocked builders give for what they pushed under a tag."""
    return f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"


def _with_docker(inputs: Mapping[str, Any], preview: bool) -> dict[str, Any]:
    """As pulumi-docker does: nothing at preview, `repository@digest` afterwards."""
    tag = inputs["imageName"]
    return {} if preview else {"repoDigest": f"{tag.rpartition(':')[0]}@{pushed_digest(tag)}"}


def _with_docker_build(inputs: Mapping[str, Any], preview: bool) -> dict[str, Any]:
    """As pulumi-docker-build does: at preview the tag, as if it were known; `tag@digest` afterwards."""
    tag = inputs["tags"][0]
    return {"ref": tag} if preview else {"ref": f"{tag}@{pushed_digest(tag)}", "digest": pushed_digest(tag)}


IMAGES = {"docker:index/image:Image": _with_docker, "docker-build:index:Image": _with_docker_build}
"""Both builders' resources, with what they give besides their inputs when an image is to be built."""


class Echo(mocks.Mocks):
    """Every resource is made as it was asked for; stack references answer with what they were given."""

    def __init__(self, *, preview: bool = False, platforms: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.preview = preview
        self.platforms = platforms or {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            outputs = self.platforms.get(args.inputs["name"], {})
            return args.name, {**args.inputs, "outputs": outputs, "secretOutputNames": []}
        if args.typ in IMAGES:
            return f"{args.name}_id", {**args.inputs, **IMAGES[args.typ](args.inputs, self.preview)}
        return (None if self.preview and args.custom else f"{args.name}_id"), dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        raise AssertionError(f"unexpected function call {args.token}")


def unwrap(value: Any) -> Any:
    """Protobuf's JSON with secret wrappers taken off and whole floats as integers."""
    if isinstance(value, dict):
        if SECRET_SIGNATURE in value:
            return unwrap(value["value"])
        return {key: unwrap(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def run(
    function: Callable[[], Any],
    *,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    stack: str = "dev",
    platforms: Mapping[str, Mapping[str, Any]] | None = None,
    secrets: frozenset[str] = SECRETS,
) -> StrictMonitor:
    """Run a program, or a part of one, under strict mocks; `secrets` are the keys that are encrypted, if given."""
    monitor = StrictMonitor(Echo(preview=preview, platforms=platforms))
    with loop_of_its_own():
        mocks.set_mocks(monitor.mocks, project="slate", stack=stack, preview=preview, monitor=monitor)
        set_all_config(dict(config or {}), list(secrets & set(config or {})))
        root = cast("pulumi.runtime.stack.Stack", pulumi.runtime.get_root_resource())
        root.outputs.clear()  # they outlive a test
        try:
            pulumi.runtime.test(function)()
        finally:
            gc.enable()  # the program switches it off for itself
        monitor.exports = {key: _settled(value) for key, value in root.outputs.items()}
    return monitor


def _settled(value: Any) -> Any:
    """An exported value with its outputs resolved; what is not known is `pulumi.UNKNOWN`."""
    if isinstance(value, pulumi.Output):
        loop = asyncio.get_event_loop()
        known = loop.run_until_complete(value.is_known())
        return loop.run_until_complete(value.future()) if known else pulumi.UNKNOWN
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    return [_settled(item) for item in value] if isinstance(value, list) else value


def stack_config(source: str | Mapping[str, Any]) -> dict[str, str]:
    """A stack file's configuration as the engine hands it to the program: text, with objects as JSON."""
    values = yaml.safe_load((ROOT / source).read_text())["config"] if isinstance(source, str) else source
    config = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if not (isinstance(value, dict) and "secure" in value)
    }
    return {"slate:tokenSecret": TOKEN_SECRET, **config}


def run_program(config: Mapping[str, str], **options: Any) -> StrictMonitor:
    """Run the real `__main__.py`."""

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return run(program, config=config, **options)
