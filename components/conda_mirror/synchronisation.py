"""Filling the mirror: what to take, a Job for each new answer to that, and a CronJob for what upstream has new."""

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

import yaml

from components import labels, restricted
from components.addresses import MIRROR_NAME
from components.conda_mirror.args import CondaMirrorArgs
from components.conda_mirror.server import COMPONENT, ROOT
from components.objects import Manifest, present

SYNC = "conda-mirror-sync"
CONFIGURATION = "/etc/conda-mirror"
WAIT = "30m"


def configuration(args: CondaMirrorArgs) -> dict[str, Any]:
    """The content of `mirror.yml` (docs/mirror.md)."""
    take = {
        "locks": [f"{name}.explicit.txt" for name in sorted(args.get("locks") or {})],
        "specs": list(args.get("specs") or ()),
    }
    denied = list(args.get("denied_licences") or ())
    return present(
        {
            "channels": [present(dict(channel)) for channel in args["channels"]],
            "platforms": list(args.get("platforms") or ("linux-64",)),
            "take": {key: value for key, value in take.items() if value},
            "excludeNewer": args.get("exclude_newer"),
            "licences": {"deny": denied} if denied else None,
        }
    )


def files(args: CondaMirrorArgs) -> dict[str, str]:
    """The configuration, and the lists of packages beside it."""
    lists = {f"{name}.explicit.txt": text for name, text in (args.get("locks") or {}).items()}
    return {"mirror.yml": yaml.safe_dump(configuration(args), sort_keys=False), **lists}


def inputs_hash(args: CondaMirrorArgs) -> str:
    """Hash of what is to be mirrored: the name of the Job that does it."""
    text = json.dumps(files(args), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def config_map(args: CondaMirrorArgs) -> Manifest:
    """The configuration as an object, named by its hash: a Job that runs still reads what it was made for."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": restricted.metadata(f"{MIRROR_NAME}-{inputs_hash(args)}", COMPONENT),
        "immutable": True,
        "data": files(args),
    }


def job(args: CondaMirrorArgs) -> Manifest:
    """One synchronisation. Another answer to what is to be mirrored is another Job; the same one is never run twice."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": restricted.metadata(f"{SYNC}-{inputs_hash(args)}", SYNC),
        "spec": {
            "backoffLimit": 4,
            "template": {"metadata": {"labels": labels.standard(SYNC, SYNC)}, "spec": _pod(args, [_sync(args)])},
        },
    }


def cron_job(args: CondaMirrorArgs) -> Manifest:
    """Synchronise again for what upstream has new, then delete the snapshots that are past their time."""
    collect = _run(
        args,
        "gc",
        ["gc", "--root", ROOT],
        "--keep",
        str(int(args.get("keep_snapshots") or 5)),
        "--age",
        f"{int(args.get('keep_days', 90))}d",
    )
    spec = _pod(args, [collect]) | {"initContainers": [_sync(args)]}
    return restricted.cron_job(SYNC, SYNC, args.get("schedule") or "0 3 * * *", 2, spec)


def network_policy(args: CondaMirrorArgs) -> Manifest:
    """Upstream is reached by name, so anywhere: by https, by http (mirrors in the house), or at a port of its own."""
    sources = (urlsplit(channel.get("source") or channel["url"]) for channel in args["channels"])
    own = {source.port for source in sources if source.port} - {443, 80}
    upstream = {"to": list(restricted.ANYWHERE), "ports": restricted.ports(443, 80, *sorted(own))}
    return restricted.policy(SYNC, SYNC, [], [restricted.dns(), upstream])


def _sync(args: CondaMirrorArgs) -> dict[str, Any]:
    return _run(args, "sync", ["sync", "--config", f"{CONFIGURATION}/mirror.yml", "--root", ROOT, "--wait", WAIT])


def _run(args: CondaMirrorArgs, name: str, command: list[str], *more: str) -> dict[str, Any]:
    return restricted.program(
        name,
        args["image"],
        ["conda_mirror", *command, *more],
        {"data": ROOT, "config": CONFIGURATION},
        memory="1Gi",
        cpu="250m",
        read_only=("config",),
    )


def _pod(args: CondaMirrorArgs, containers: list[dict[str, Any]]) -> dict[str, Any]:
    return restricted.pod(
        containers,
        [
            {"name": "data", "persistentVolumeClaim": {"claimName": MIRROR_NAME}},
            {"name": "config", "configMap": {"name": f"{MIRROR_NAME}-{inputs_hash(args)}"}},
            restricted.scratch("1Gi"),
        ],
        pull_secret=args.get("pull_secret"),
        restartPolicy="Never",
        affinity=restricted.beside(COMPONENT),
    )
