"""The engine's answers and errors, made from plain values."""

from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc

from . import diff, kinds, metadata, values
from .errors import NotReadyError, ProviderError, UnreachableError
from .protocol import any_pb2, provider_pb2, status_pb2
from .values import Object

UNREACHABLE_HELP = (
    "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the "
    'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"'
)
SHORTEST_SECRET = 4  # shorter texts appear in messages by chance


@contextmanager
def errors(context: grpc.ServicerContext, marked: Object | None = None):
    """Turn our exceptions into gRPC errors; secrets of `marked` (the inputs) are blotted out of their text."""
    try:
        yield
    except UnreachableError as err:
        context.abort(grpc.StatusCode.UNKNOWN, f"configured Kubernetes cluster is unreachable: {err}")
    except (ProviderError, ValueError, OSError) as err:
        context.abort(grpc.StatusCode.UNKNOWN, redact(str(err), marked))


def redact(text: str, marked: Object | None) -> str:
    """The text without any of the secret values."""
    for secret in values.secret_texts(marked or {}):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    return text


def not_ready(
    context: grpc.ServicerContext, err: NotReadyError, message: str, outputs: Object, inputs: Object | None = None
) -> NoReturn:
    """The object exists but is not ready: the engine keeps it in the state, with the reasons.

    Args:
        context: of the call.
        err: what is missing.
        message: the first reason.
        outputs: the new outputs.
        inputs: the new inputs; without them the engine keeps those it sent.
    """
    reasons = [redact(text, outputs) for text in (message, *err.reasons[1:])]
    detail = provider_pb2.ErrorResourceInitFailed(
        id=metadata.identity(err.live),
        properties=values.encode(outputs),
        reasons=reasons,
        inputs=None if inputs is None else values.encode(inputs),
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=reasons[0], details=[packed])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, reasons[0])
    raise AssertionError("abort raises")


def unsupported(context: grpc.ServicerContext, what: str) -> NoReturn:
    """Something that only the upstream provider can do."""
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        f"{what} is not supported by the offline Kubernetes provider; install the upstream provider "
        "(pulumi plugin install resource kubernetes) where get.pulumi.com can be reached",
    )
    raise AssertionError("abort raises")


def proposed_name(request: Any) -> str | None:
    """The name that the engine's automatic naming proposes; "" if it is switched off, None if it says nothing."""
    if not request.HasField("autonaming"):
        return None
    if request.autonaming.mode == provider_pb2.CheckRequest.AutonamingOptions.DISABLE:
        return ""
    return request.autonaming.proposed_name or None


def difference(
    found: Iterable[diff.Change], patterns: tuple[kinds.Pattern, ...], new: Object, live: Object
) -> provider_pb2.DiffResponse:
    """The answer to Diff.

    An object that is replaced under its own name must be deleted before it is made again.
    """
    detailed, replaced = {}, []
    for change in found:
        path = diff.text(change.path)
        replacing = diff.replaces(change, patterns)
        if replacing:
            replaced.append(path)
        kind = change.kind + ("_REPLACE" if replacing and change.path != ("metadata",) else "")
        detailed[path] = provider_pb2.PropertyDiff(
            kind=getattr(provider_pb2.PropertyDiff, kind), inputDiff=change.kind == diff.DELETE
        )
    same_object = metadata.name_of(new) == metadata.name_of(live) and metadata.namespace_of(
        new
    ) == metadata.namespace_of(live)
    some = provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some,
        replaces=replaced,
        deleteBeforeReplace=bool(replaced) and same_object and not metadata.is_true(new, "autonamed"),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
