"""The rules at a real API server: which of them speak up when an object is sent to it (nothing is stored)."""

import http.client
import json
import re
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from policies import admission
from policies.parameters import Parameters
from policies.rule import Rule
from policies.table import RULES
from policies.targets import CLUSTER_KINDS

TODAY = date(2026, 6, 1)
PARAMETERS = Parameters(registries=("registry.example.org/",), domain="slate.example.org")
PLURALS = {
    "NetworkPolicy": "networkpolicies",
    "Ingress": "ingresses",
    "PriorityClass": "priorityclasses",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
}


class Refused(Exception):  # noqa: N818 - an answer, not a defect
    """The API server's answer, where it is an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Server:
    """Plain requests to an API server, so that the warnings of its answers can be read."""

    def __init__(self, kubeconfig: Path) -> None:
        self.guardrails: list[dict[str, Any]] = []
        """What `install` made last, for tests that replace it."""
        content = yaml.safe_load(kubeconfig.read_text())
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        self.host = cluster["server"].removeprefix("https://")
        self.context = ssl.create_default_context(cafile=_file(cluster, "certificate-authority", kubeconfig))
        self.context.load_cert_chain(
            _file(user, "client-certificate", kubeconfig), _file(user, "client-key", kubeconfig)
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str | None = None,
        groups: Sequence[str] = (),
        kind: str = "json",
    ) -> tuple[dict[str, Any], list[str]]:
        """One request; the answer and its warnings.

        Raises:
            Refused: The server did not accept it.
        """
        connection = http.client.HTTPSConnection(self.host, timeout=60, context=self.context)
        connection.putrequest(method, path)
        headers = [("Content-Type", "application/json" if kind == "json" else f"application/{kind}+json")]
        headers += [("Impersonate-User", user)] if user else []
        headers += [("Impersonate-Group", group) for group in groups]
        data = b"" if body is None else json.dumps(body).encode()
        for name, value in [*headers, ("Content-Length", str(len(data)))]:
            connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        content, warnings = json.load(answer), answer.headers.get_all("Warning") or []
        connection.close()
        if answer.status >= 400:
            raise Refused(answer.status, content.get("message", ""))
        return content, warnings

    def create(self, manifest: Mapping[str, Any], **options: Any) -> list[str]:
        """Create an object for good; returns the warnings."""
        return self.send("POST", path_of(manifest), manifest, **options)[1]

    def try_out(self, manifest: Mapping[str, Any], **options: Any) -> list[str]:
        """Send an object without storing it; returns the warnings."""
        return self.send("POST", f"{path_of(manifest)}?dryRun=All", manifest, **options)[1]

    def verdict(self, manifest: Mapping[str, Any]) -> set[str]:
        """The rules that warn of an object; nothing is stored."""
        return spoken(self.try_out(manifest))


def _file(entry: Mapping[str, str], key: str, kubeconfig: Path) -> str:
    if key in entry:
        return entry[key]
    import base64

    path = kubeconfig.with_name(f"{key}.test.pem")
    path.touch(mode=0o600)
    path.write_bytes(base64.b64decode(entry[f"{key}-data"]))
    return str(path)


def spoken(warnings: Iterable[str]) -> set[str]:
    """The ids of the rules that are named in warnings."""
    return {found for text in warnings for found in re.findall(r": (SLATE-[A-Z0-9-]+): ", text)}


def path_of(manifest: Mapping[str, Any], *, named: bool = False) -> str:
    """The API server's path for an object of this kind."""
    group = manifest["apiVersion"]
    kind = manifest["kind"]
    plural = PLURALS.get(kind, f"{kind.lower()}s")
    namespace = "" if kind in CLUSTER_KINDS else f"/namespaces/{manifest['metadata']['namespace']}"
    end = f"/{manifest['metadata']['name']}" if named else ""
    return f"/{'api' if group == 'v1' else 'apis'}/{group}{namespace}/{plural}{end}"


def namespace(name: str, guard: str) -> dict[str, Any]:
    """A namespace that is guarded by our rules alone, not by Pod Security Admission."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"slate.dev/guardrails": guard}},
    }


def install(
    server: Server,
    rules: Sequence[Rule] = RULES,
    *,
    actions: Sequence[str] = ("Warn",),
    parameters: Parameters = PARAMETERS,
) -> list[dict[str, Any]]:
    """Install the guardrails with bindings that do as the test wants; returns what was made."""
    made = admission.manifests(admission.parameter_data(parameters, TODAY), {}, {}, rules)
    for manifest in made:
        if manifest["kind"].endswith("Binding"):
            manifest["spec"]["validationActions"] = list(actions)
        server.create(manifest)
    return made


def remove(server: Server, made: Sequence[Mapping[str, Any]]) -> None:
    """Take objects away again, the last first (of guardrails the bindings), and wait until they are gone."""
    for manifest in reversed(made):
        server.send("DELETE", path_of(manifest, named=True))
    for manifest in made:
        deadline = time.monotonic() + 60
        while _exists(server, path_of(manifest, named=True)):
            assert time.monotonic() < deadline, f"{path_of(manifest, named=True)} stays"
            time.sleep(0.2)


def _exists(server: Server, path: str) -> bool:
    try:
        server.send("GET", path)
    except Refused as refused:
        return refused.code != 404
    return True


def await_policies(server: Server, probe: Mapping[str, Any], rule: str) -> None:
    """Wait until the policies are in force: the server reads them some seconds after they are made."""
    _await(server, probe, rule, enforced=True)


def await_no_policies(server: Server, probe: Mapping[str, Any], rule: str) -> None:
    """Wait until policies that were removed are no longer in force, which would be taken for those made next."""
    _await(server, probe, rule, enforced=False)


def _await(server: Server, probe: Mapping[str, Any], rule: str, *, enforced: bool) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            said = str(server.verdict(probe))
        except Refused as refused:
            said = refused.message
        if (rule in said) == enforced:
            return
        time.sleep(0.3)
    raise AssertionError(f"{rule} is {'not' if enforced else 'still'} enforced after 60 s")
