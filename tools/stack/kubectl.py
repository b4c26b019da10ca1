"""Reading a cluster with kubectl: it understands every kubeconfig, credential plugins included."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.stack.problem import StackProblem

TIMEOUT = 60


class Kubectl:
    """A kubectl for one context."""

    def __init__(self, binary: Path, environment: Mapping[str, str], context: str | None = None) -> None:
        self._binary = binary
        self._environment = dict(environment)
        self._context = context

    def run(self, *arguments: str, tolerant: bool = False) -> str:
        """Run kubectl and return what it prints.

        Args:
            arguments: The command.
            tolerant: Take what it prints although it failed in part.

        Raises:
            StackProblem: It failed; the message is kubectl's own.
        """
        command = [str(self._binary), *(["--context", self._context] if self._context else []), *arguments]
        try:
            answer = subprocess.run(
                command, env=self._environment, capture_output=True, text=True, check=False, timeout=TIMEOUT
            )
        except FileNotFoundError as error:
            raise StackProblem("kubectl is not there yet: run `make up` or `make doctor`.") from error
        except subprocess.TimeoutExpired as error:
            raise StackProblem(f"The cluster did not answer within {TIMEOUT} s (kubectl {arguments[0]}).") from error
        if answer.returncode and not (tolerant and answer.stdout):
            raise StackProblem(f"`kubectl {arguments[0]}` failed: {answer.stderr.strip() or answer.stdout.strip()}")
        return answer.stdout

    def items(self, kinds: Sequence[str], *arguments: str) -> list[dict[str, Any]]:
        """The objects of some kinds, in all namespaces unless the arguments say otherwise."""
        everywhere = () if "--namespace" in arguments else ("--all-namespaces",)
        answer = json.loads(self.run("get", ",".join(kinds), *everywhere, *arguments, "--output", "json"))
        return answer["items"]

    def uid(self) -> str:
        """An identifier of the cluster: that of its oldest namespace."""
        return self.run("get", "namespace", "kube-system", "--output", "jsonpath={.metadata.uid}").strip()

    def view(self) -> dict[str, Any]:
        """The kubeconfig in use, without its credentials."""
        return json.loads(self.run("config", "view", "--output", "json"))
