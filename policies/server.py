"""The pack's process: answers the engine's questions (Pulumi's analyzer protocol) by asking the rules.

Everything that is about the pack itself is the SDK's. What the engine asks about each resource is answered here: the
SDK unpacks a resource anew for each policy and for remediation, and reads the stack's settings at each question, while
the engine waits, one resource after the other. With a thousand workspaces that took ten seconds.
"""

import sys
import threading
from collections.abc import Callable, Iterable
from concurrent import futures
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer as Servicer

from policies.findings import STACK_POLICIES, Finding
from policies.resources import Resource
from policies.wire import properties

Judge = Callable[[Resource], Iterable[Finding]]
StackJudge = Callable[[list[Resource], EnforcementLevel], Iterable[tuple[str, Finding]]]
LONGEST_MESSAGE = 400 << 20
"""Bytes; as long as the engine's own messages may be: a whole stack is one."""
MESSAGE_LIMITS = [(f"grpc.max_{way}_message_length", LONGEST_MESSAGE) for way in ("send", "receive")]
# Both ends are on this machine: no probes of its bandwidth, and no credit to be renewed within a question.
LOOPBACK = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16 << 20)]


class Analyzer(Servicer):
    """Asks all rules about each resource, and reports what they found under their policies' names."""

    def __init__(self, name: str, policies: list[Policy], judge: Judge, judge_stack: StackJudge) -> None:
        # The engine takes the version from PulumiPolicy.yaml.
        super().__init__(name, "0.0.1", policies, EnforcementLevel.ADVISORY)
        self._policies = {policy.name: policy for policy in policies}
        self._judge, self._judge_stack = judge, judge_stack

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Judge a resource."""
        response = analyzer_pb2.AnalyzeResponse()
        for finding in self._judge(_resource(request)):
            self._report(response, self._policies[finding.policy], finding)
        return response

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Judge the stack as a whole."""
        response = analyzer_pb2.AnalyzeResponse()
        resources = [_resource(entry) for entry in request.resources]
        for policy in self._policies.values():
            if policy.name in STACK_POLICIES:
                for urn, finding in self._judge_stack(resources, self._get_enforcement_level(policy)):
                    self._report(response, policy, finding, urn)
        return response

    def _report(self, response: Any, policy: Policy, finding: Finding, urn: str = "") -> None:
        level = self._get_enforcement_level(policy)
        if level is not EnforcementLevel.DISABLED:
            report = self._create_report_violation(response, policy.name, policy.description, level, policy.severity)
            report(finding.line(), urn or None)


def serve(analyzer: Analyzer) -> None:
    """Serve for good; the engine ends the process.

    The port is told as engines expect it: a line of standard output.
    """
    # The engine asks about one resource at a time; among several threads the question would only be passed on.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1), options=MESSAGE_LIMITS + LOOPBACK)
    server.add_generic_rpc_handlers((_handlers(analyzer),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(0)


def _handlers(analyzer: Analyzer) -> grpc.GenericRpcHandler:
    """Everything but `Remediate`: the pack mends nothing, and engines take that it cannot be asked to.

    An answer without anything in it would cost as much as a judgement.
    """
    service = analyzer_pb2.DESCRIPTOR.services_by_name["Analyzer"]
    handlers = {
        method.name: grpc.unary_unary_rpc_method_handler(
            getattr(analyzer, method.name),
            GetMessageClass(method.input_type).FromString,
            GetMessageClass(method.output_type).SerializeToString,
        )
        for method in service.methods
        if method.name != "Remediate"
    }
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


def _resource(request: Any) -> Resource:
    options = {"protect": request.options.protect}
    return Resource(request.type, request.name, request.urn, properties(request.properties), options)
