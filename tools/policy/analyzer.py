"""Start the real policy pack, and ask it over Pulumi's analyzer protocol, as the engine does."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.findings import Finding, Outcome, read
from policies.parameters import Parameters
from policies.resources import Resource
from policies.server import MESSAGE_LIMITS
from policies.wire import properties
from tools.policy.mocked import Recorded
from tools.policy.problem import PolicyProblem

MANDATORY = analyzer_pb2.MANDATORY
START_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """One diagnostic of the pack."""

    finding: Finding
    mandatory: bool
    resource: str
    """URN, or nothing for the stack as a whole."""
    about: str = ""
    """The object as an exemption names it, such as `StatefulSet ws-vision/alice`; nothing if it has no such name."""

    @property
    def blocks(self) -> bool:
        """Whether the engine would stop."""
        return self.mandatory and self.finding.outcome in (Outcome.VIOLATION, Outcome.CRASHED)

    @property
    def name(self) -> str:
        """The object as an exemption names it, else the resource in short: type and name."""
        return self.about or "::".join(self.resource.split("::")[2:]).rpartition("$")[2]


class Pack:
    """A running policy pack."""

    def __init__(self, stub: analyzer_pb2_grpc.AnalyzerStub) -> None:
        self._stub = stub

    def rules(self) -> set[str]:
        """Names of the pack's policies."""
        return {policy.name for policy in self._stub.GetAnalyzerInfo(empty_pb2.Empty()).policies}

    def ask(self, recorded: Sequence[Recorded]) -> list[Answer]:
        """Ask about each resource, and then about all of them together."""
        found: list[Answer] = []
        together = analyzer_pb2.AnalyzeStackRequest()
        known = {resource.urn: resource for resource in recorded}
        for resource in recorded:
            options = analyzer_pb2.AnalyzerResourceOptions(protect=resource.protect, parent=resource.parent)
            fields = {"type": resource.token, "name": resource.name, "urn": resource.urn, "options": options}
            request = analyzer_pb2.AnalyzeRequest(properties=resource.properties, **fields)
            found += _answers(self._stub.Analyze(request).diagnostics, resource.urn)
            together.resources.append(analyzer_pb2.AnalyzerResource(properties=resource.properties, **fields))
        found += _answers(self._stub.AnalyzeStack(together).diagnostics, "")
        return [replace(one, about=_about(known[one.resource])) if one.resource in known else one for one in found]


@contextlib.contextmanager
def running(folder: Path, stack: str, configuration: Mapping[str, str]) -> Iterator[Pack]:
    """The pack of a stack, as long as the block lasts.

    Args:
        folder: Where the pack lies.
        stack: Name of the stack.
        configuration: Its settings, without secrets.

    Raises:
        PolicyProblem: The pack did not start.
    """
    environment = {
        **os.environ,
        "PULUMI_PROJECT": "slate",
        "PULUMI_STACK": stack,
        "PULUMI_DRY_RUN": "true",
        "PULUMI_CONFIG": json.dumps(dict(configuration)),
    }
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - made above
        port = process.stdout.readline().strip()
        if not port.isdigit():
            said = (port + process.communicate(timeout=START_SECONDS)[1]).strip().splitlines()
            raise PolicyProblem(f"the policy pack did not start: {said[-1] if said else 'no reason given'}")
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=MESSAGE_LIMITS) as channel:
            yield Pack(analyzer_pb2_grpc.AnalyzerStub(channel))
    finally:
        process.terminate()
        process.communicate()


def _about(recorded: Recorded) -> str:
    """How an exemption names the object of a resource; of a list's objects, a finding does not say which it is."""
    resource = Resource(recorded.token, recorded.name, recorded.urn, properties(recorded.properties))
    keys = resource.keys(Parameters()) if resource.kubernetes else set()
    return keys.pop() if len(keys) == 1 else ""


def _answers(diagnostics: Sequence[analyzer_pb2.AnalyzeDiagnostic], urn: str) -> list[Answer]:
    found = []
    for entry in diagnostics:
        finding = read(entry.policyName, entry.message)
        if finding is None:
            finding = Finding(entry.policyName, Outcome.CRASHED, "", " ".join(entry.message.split()))
        found.append(Answer(finding, entry.enforcementLevel == MANDATORY, entry.urn or urn))
    return found
