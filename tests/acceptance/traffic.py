"""Which ways out of a workspace there are: attempts from inside, and the table of them in the docs."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.real_clone import RealClone

ACCEPT = "SLATE_ACCEPT"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ANSWERS, SILENT = "answers", "no answer"
OPENED = "203.0.113.20"
"""A place outside that a project may reach, as its settings say."""
EGRESS = [{"cidr": f"{OPENED}/32", "ports": [443]}]

# One attempt a thread, as what is denied is dropped and takes the whole time. DNS over UDP needs a question.
ATTEMPTS = """
import concurrent.futures, json, socket, sys
QUESTION = b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\nkubernetes\\7default\\3svc\\7cluster\\5local\\0\\0\\1\\0\\1"
def attempt(target):
    host, port, protocol = target
    kind = socket.SOCK_DGRAM if protocol == "UDP" else socket.SOCK_STREAM
    try:
        address = socket.gethostbyname(host)
        with socket.socket(socket.AF_INET, kind) as channel:
            channel.settimeout(4)
            channel.connect((address, port))
            if protocol == "UDP":
                channel.send(QUESTION)
                return bool(channel.recv(512))
            return True
    except OSError:
        return False
targets = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
    print(json.dumps(list(pool.map(attempt, targets))))
"""


@dataclass(frozen=True)
class Way:
    """A way out of a workspace.

    Attributes:
        name: What is tried, for the table.
        where: The address, for the table.
        host: The address.
        port: The port.
        allowed: Whether it is meant to be open.
        workspace: Namespace and pod that it is tried from.
        protocol: TCP or UDP.
    """

    name: str
    where: str
    host: str
    port: int
    allowed: bool = False
    workspace: tuple[str, str] = ("ws-vision", "bob-0")
    protocol: str = "TCP"


def attempt(clone: RealClone, ways: Sequence[Way]) -> dict[Way, bool]:
    """Tries every way from inside its workspace; returns which were answered."""
    found: dict[Way, bool] = {}
    for namespace, pod in sorted({way.workspace for way in ways}):
        mine = [way for way in ways if way.workspace == (namespace, pod)]
        targets = json.dumps([(way.host, way.port, way.protocol) for way in mine])
        command = ("exec", pod, "--namespace", namespace, "--", "python", "-c", ATTEMPTS, targets)
        found |= dict(zip(mine, json.loads(clone.kubectl(*command)), strict=True))
    return found


@contextmanager
def without_policies(clone: RealClone) -> Iterator[None]:
    """Takes all network policies away for a while."""
    policies = clone.get("networkpolicies", "--all-namespaces")["items"]
    assert policies
    for namespace in sorted({policy["metadata"]["namespace"] for policy in policies}):
        clone.kubectl("delete", "networkpolicies", "--all", "--namespace", namespace)
    try:
        yield
    finally:
        for policy in policies:
            _put_back(clone, policy)


def _put_back(clone: RealClone, policy: Mapping[str, Any]) -> None:
    """As it was and by whom it was: to the stack nothing has changed."""
    metadata = policy["metadata"]
    manager = metadata["managedFields"][0]["manager"] if metadata.get("managedFields") else "kubectl"
    kept = {key: metadata[key] for key in ("name", "namespace", "labels", "annotations") if key in metadata}
    file = clone.root / ".slate" / "policy.json"
    file.write_text(json.dumps({**policy, "metadata": kept}), encoding="utf-8")
    clone.kubectl("apply", "--server-side", "--force-conflicts", f"--field-manager={manager}", "--filename", str(file))
    file.unlink()


def table(ways: Sequence[Way], removed: Mapping[Way, bool], enforced: Mapping[Way, bool]) -> str:
    """Returns the table of the docs, in the order of the ways."""
    rows = ["| from a workspace to | at | policies removed | policies in place |", "|---|---|---|---|"]
    for way in ways:
        words = [ANSWERS if found[way] else SILENT for found in (removed, enforced)]
        rows.append(f"| {way.name} | {way.where} | {words[0]} | {'**answers**' if enforced[way] else words[1]} |")
    return "\n".join(rows) + "\n"


def check_page(page: Path, measured: str) -> None:
    """Compares the table of a page with what was measured; with SLATE_ACCEPT=1, writes it there.

    Raises:
        AssertionError: They differ.
    """
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    expected = f"{before}{BEGIN}\n{measured}{END}{after}"
    if os.environ.get(ACCEPT) == "1":
        page.write_text(expected, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == expected, (
        f"{page.name} says something else than was measured; accept it: {ACCEPT}=1 make test"
        " ARGS=tests/acceptance/real/test_traffic.py, and review the diff"
    )
