"""Kubeconfig files: which cluster, which credentials, which default namespace.

Supported: certificates, tokens and token files, exec plugins, several files in KUBECONFIG, and the
credentials mounted into a pod. Not supported: proxies, impersonation and the retired auth providers.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import UnreachableError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

Config = dict[str, Any]


@dataclass(frozen=True)
class Access:
    """One context of a kubeconfig: where the API server is and who we are."""

    cluster: Config
    user: Config
    namespace: str
    folder: Path = field(default_factory=Path.cwd)  # relative file names in a kubeconfig count from its own folder


def parse(text: str) -> Config:
    """The contents of a kubeconfig file; raise ValueError when it is none."""
    if text.lstrip().startswith("{"):
        found = json.loads(text)
    else:
        import yaml  # noqa: PLC0415 - not needed for a JSON file, and slow to load

        try:
            found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        except yaml.YAMLError as err:
            raise ValueError(f"it is not YAML: {err}") from err
    if not isinstance(found, dict):
        raise ValueError("it has no clusters, users and contexts")
    return found


def contents(path_or_contents: str) -> tuple[Config, Path]:
    """Parse a kubeconfig given by its path or its contents; also the folder its relative names count from."""
    path = Path(path_or_contents).expanduser() if "\n" not in path_or_contents else None
    try:
        is_file = path is not None and path.is_file()
    except OSError:  # contents in one line can be longer than a file name may be
        is_file = False
    if path is not None and is_file:
        return parse(path.read_text()), path.resolve().parent
    if path is not None and not path_or_contents.lstrip().startswith("{") and ": " not in path_or_contents:
        raise ValueError(f"there is no file {path_or_contents}")
    return parse(path_or_contents), Path.cwd()


def ambient() -> tuple[Config, Path]:
    """What KUBECONFIG names (several files: the first one that has an entry wins), else `~/.kube/config`."""
    names = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    paths = [path for name in names or ["~/.kube/config"] if (path := Path(name).expanduser()).is_file()]
    if not paths:
        if SERVICE_ACCOUNT.joinpath("token").is_file() and os.environ.get("KUBERNETES_SERVICE_HOST"):
            return _in_cluster(), SERVICE_ACCOUNT
        raise UnreachableError(
            "no kubeconfig was found: set KUBECONFIG to the path of one, create ~/.kube/config, "
            "or give the provider a `kubeconfig` argument"
        )
    merged: Config = {}
    for path in paths:
        for key, value in parse(path.read_text()).items():
            if isinstance(value, list):
                known = {entry["name"] for entry in merged.setdefault(key, [])}
                merged[key] += [entry for entry in value if entry["name"] not in known]
            elif not merged.get(key):
                merged[key] = value
    return merged, paths[0].resolve().parent


def _in_cluster() -> Config:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    namespace = SERVICE_ACCOUNT / "namespace"
    host = f"[{host}]" if ":" in host else host
    return {
        "clusters": [
            {"name": "pod", "cluster": {"server": f"https://{host}:{port}", "certificate-authority": "ca.crt"}}
        ],
        "users": [{"name": "pod", "user": {"tokenFile": "token"}}],
        "contexts": [
            {
                "name": "pod",
                "context": {
                    "cluster": "pod",
                    "user": "pod",
                    "namespace": namespace.read_text().strip() if namespace.is_file() else "default",
                },
            }
        ],
        "current-context": "pod",
    }


def entry(config: Config, kind: str, name: str | None) -> Config | None:
    """The named cluster, user or context of a kubeconfig."""
    for found in config.get(kind + "s") or []:
        if found.get("name") == name:
            return found.get(kind) or {}
    return None


def select(
    config: Config, folder: Path, context: str | None = None, cluster: str | None = None, namespace: str | None = None
) -> Access:
    """Choose a context.

    Raises:
        UnreachableError: the kubeconfig has no such context, cluster or user.
    """
    name = context or config.get("current-context")
    chosen = entry(config, "context", name)
    if chosen is None:
        known = ", ".join(sorted(c.get("name", "") for c in config.get("contexts") or [])) or "none"
        raise UnreachableError(f'the kubeconfig has no context "{name or ""}"; it has: {known}')
    found = entry(config, "cluster", cluster or chosen.get("cluster"))
    if not found or not found.get("server"):
        raise UnreachableError(f'the kubeconfig has no cluster "{cluster or chosen.get("cluster")}"')
    user = entry(config, "user", chosen.get("user")) or {}
    return Access(found, user, namespace or chosen.get("namespace") or "default", folder)


def load(settings: Mapping[str, str]) -> Access:
    """The access that a provider's settings (kubeconfig, context, cluster, namespace) ask for.

    Raises:
        UnreachableError: there is no usable kubeconfig; the message says what to do.
    """
    given = settings.get("kubeconfig")
    try:
        config, folder = contents(given) if given else ambient()
    except (ValueError, OSError, TypeError, KeyError) as err:
        raise UnreachableError(f"the kubeconfig cannot be read: {err}") from err
    return select(config, folder, settings.get("context"), settings.get("cluster"), settings.get("namespace"))


def active_cluster(path_or_contents: Any, context: Any, cluster: Any) -> Config | None:
    """The cluster that a provider's inputs point at, or None if that cannot be told.

    Raises:
        ValueError: the value is no kubeconfig.
    """
    if not path_or_contents:
        return None
    text = path_or_contents if isinstance(path_or_contents, str) else json.dumps(path_or_contents)
    config, _ = contents(text)
    chosen = entry(config, "context", context or config.get("current-context"))
    if chosen is None:
        return None
    return entry(config, "cluster", cluster or chosen.get("cluster"))


def blob(holder: Config, key: str, folder: Path) -> bytes | None:
    """The bytes of `<key>-data` (base64) or of the file named by `<key>`."""
    if holder.get(f"{key}-data"):
        return base64.b64decode(holder[f"{key}-data"])
    if holder.get(key):
        return (folder / Path(holder[key]).expanduser()).read_bytes()
    return None
