"""What status page and monthly report have in common: their volume, their files, whom they reach."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi import Input, Output

from components import labels, restricted
from components.objects import Manifest, present
from components.service_levels.args import ServiceLevelsArgs
from components.service_levels.prometheus import CONTRACT

COMPONENT = "service-level-pages"
DATA = "service-level-data"
IDS = "service-level-ids"
NOTES = "incident-notes"
_ETC = "/etc/service-levels"
_KEPT = "/srv/service-levels"
_PORTS = {"http": 80, "https": 443}


def volume_claim(args: ServiceLevelsArgs) -> Manifest:
    """The volume with the pages, the reports, and the numbers of all days that are over."""
    page = args.get("status_page") or {}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": restricted.metadata(DATA, COMPONENT),
        "spec": present(
            {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": page.get("storage") or "1Gi"}},
                "storageClassName": page.get("storage_class"),
            }
        ),
    }


def derive_key(secret: str) -> str:
    """The key of the opaque ids, from the stack's secret: the same as long as that is, and nothing leads back to it."""
    return hmac.new(secret.encode(), b"slate/service-levels/ids", hashlib.sha256).hexdigest()


def ids_secret(key: Input[str]) -> Manifest:
    """The Secret with the key of the opaque ids of workspaces."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": restricted.metadata(IDS, COMPONENT),
        "type": "Opaque",
        "data": {"key": Output.from_input(key).apply(lambda text: base64.b64encode(text.encode()).decode())},
    }


def notes(folder: str | None) -> dict[str, str]:
    """The notes on incidents of a folder, by file name.

    Raises:
        ValueError: The folder is not there.
    """
    if folder is None:
        return {}
    if not Path(folder).is_dir():
        raise ValueError(
            f"serviceLevels.statusPage.incidents: the folder {folder} is not there; make it, or leave it out"
        )
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.md"))}


def network_policy(args: ServiceLevelsArgs) -> Manifest:
    """Prometheus, and where the page is copied to; both are reached by name, so by port alone."""
    publish = (args.get("status_page") or {}).get("publish") or {}
    urls = [args["prometheus"].get("url"), publish.get("url")]
    ports = sorted({port(url) for url in urls if url})
    anyone = [*restricted.ANYWHERE, {"namespaceSelector": {}}]
    return restricted.policy(
        COMPONENT, COMPONENT, [], [restricted.dns(), {"to": anyone, "ports": restricted.ports(*ports)}]
    )


def port(url: str) -> int:
    """The port of an address."""
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme, 443)


def pod(
    args: ServiceLevelsArgs,
    image: Input[str],
    command: str,
    *,
    output: str,
    arguments: Sequence[str],
    secrets: Mapping[str, str],
) -> dict[str, Any]:
    """The pod of a job that writes pages.

    Args:
        args: What was declared.
        image: The platform's image.
        command: `status-page` or `report`.
        output: Folder on the volume.
        arguments: Further arguments.
        secrets: Further Secrets to mount, by the name of the volume.
    """
    run = [
        "service_levels",
        command,
        *("--contract", f"{_ETC}/contract/contract.json"),
        *("--prometheus", str(args["prometheus"].get("url"))),
        *("--data", f"{_KEPT}/data"),
        *("--output", f"{_KEPT}/{output}"),
        *("--id-key-file", f"{_ETC}/ids/key"),
        *arguments,
    ]
    etc = {name: f"{_ETC}/{name}" for name in ("contract", "ids", "notes", *secrets)}
    container = restricted.program(
        command, image, run, {"data": _KEPT, **etc}, memory="512Mi", cpu="50m", read_only=tuple(etc)
    )
    return restricted.pod(
        [container],
        [
            {"name": "data", "persistentVolumeClaim": {"claimName": DATA}},
            {"name": "contract", "configMap": {"name": CONTRACT}},
            {"name": "ids", "secret": {"secretName": IDS, "defaultMode": 0o440}},
            {"name": "notes", "configMap": {"name": NOTES}},
            *(
                {"name": name, "secret": {"secretName": secret, "defaultMode": 0o440}}
                for name, secret in secrets.items()
            ),
            restricted.scratch("64Mi"),
        ],
        pull_secret=args.get("pull_secret"),
        restartPolicy="Never",
    )


def cron_job(args: ServiceLevelsArgs, name: str, schedule: str, spec: Mapping[str, Any]) -> Manifest:
    """A job by schedule; its pods are those that the network policy is about."""
    made = restricted.cron_job(name, COMPONENT, schedule, 1, spec, suspend=bool(args.get("at_rest")))
    template = made["spec"]["jobTemplate"]["spec"]["template"]
    template["metadata"]["labels"] = labels.standard(name, COMPONENT)
    return made


def mounted(name: str) -> str:
    """Where a ConfigMap or Secret of the pod is mounted."""
    return f"{_ETC}/{name}"
