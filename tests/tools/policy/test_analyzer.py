"""What the pack's answers are about."""

from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from tools.policy.analyzer import Pack
from tools.policy.mocked import Recorded

NAMED = {"metadata": {"name": "alice", "namespace": "ws-vision"}}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's mark of a text that is not known yet."""


class Stub:
    """A pack that finds each resource wrong, and the last one as a part of the stack, too."""

    def Analyze(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Answer without a URN, as the pack does."""
        assert request.urn
        return self._response("")

    def AnalyzeStack(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Answer with a URN."""
        return self._response(request.resources[-1].urn)

    def _response(self, urn: str) -> Any:
        text = "[SLATE-HOSTNS] spec: is wrong."
        found = analyzer_pb2.AnalyzeDiagnostic(policyName="SLATE-HOSTNS", message=text, urn=urn)
        return analyzer_pb2.AnalyzeResponse(diagnostics=[found])


def recorded(token: str, properties: dict[str, Any]) -> Recorded:
    fields = struct_pb2.Struct()
    fields.update(properties)
    return Recorded(f"urn:pulumi:dev::slate::{token}::alice--vision", token, "alice--vision", fields, False, "")


@pytest.mark.parametrize(
    ("token", "properties", "name"),
    [
        ("kubernetes:apps/v1:StatefulSet", NAMED, "StatefulSet ws-vision/alice"),
        ("kubernetes:apps/v1:StatefulSetPatch", NAMED, "StatefulSet ws-vision/alice"),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "ws-vision"}}, "Namespace ws-vision"),
        ("kubernetes:core/v1:ConfigMapList", {"items": [NAMED]}, "ConfigMap ws-vision/alice"),
        (
            "kubernetes:core/v1:ConfigMapList",
            {"items": [NAMED, {"metadata": {"name": "bob"}}]},
            "kubernetes:core/v1:ConfigMapList::alice--vision",
        ),
        ("kubernetes:core/v1:ConfigMap", {"metadata": UNKNOWN}, "ConfigMap alice--vision"),
        ("kubernetes:core/v1:ConfigMap", {}, "ConfigMap alice--vision"),
        ("random:index:RandomId", {}, "random:index:RandomId::alice--vision"),
    ],
)
def test_an_answer_names_the_object_as_an_exemption_does(token, properties, name):
    pack = Pack(Stub())  # pyright: ignore[reportArgumentType]

    of_resource, of_stack = pack.ask([recorded(token, properties)])

    assert (of_resource.name, of_stack.name) == (name, name)
    assert of_resource.resource == of_stack.resource
