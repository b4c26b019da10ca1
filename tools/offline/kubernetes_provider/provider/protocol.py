"""The engine's gRPC messages, imported without the rest of the Pulumi SDK."""

import importlib.util
import sys
import types
from pathlib import Path


def _bare_packages() -> None:
    """Stand in for `pulumi` and `pulumi.runtime`.

    Their `__init__` modules load the Automation API and more, which would double this process's start-up time.
    A process that has imported the SDK already keeps it.
    """
    if "pulumi" in sys.modules:
        return
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        sys.exit(
            "The offline Kubernetes provider needs a Python with the packages 'pulumi' and 'grpcio'; "
            f"{sys.executable} has none. Put the right python3 first on PATH or name it in SLATE_PROVIDER_PYTHON."
        )
    root = Path(next(iter(spec.submodule_search_locations)))
    for name, path in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        package = types.ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package


_bare_packages()

from google.protobuf import any_pb2, empty_pb2, struct_pb2  # noqa: E402
from google.rpc import status_pb2  # noqa: E402
from pulumi.runtime.proto import (  # noqa: E402
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
)

__all__ = [
    "any_pb2",
    "empty_pb2",
    "engine_pb2",
    "engine_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "status_pb2",
    "struct_pb2",
]
