"""`renderYamlToDirectory`: write manifests to a folder instead of to a cluster."""

from pathlib import Path

from . import kinds, metadata
from .values import Object


def path(root: Path, obj: Object) -> Path:
    """The file of an object: definitions of custom kinds apart, so that they can be applied first."""
    folder = "0-crd" if kinds.is_definition(obj) else "1-manifest"
    version = obj["apiVersion"].replace("/", "_")
    namespace = metadata.namespace_of(obj) or "default"
    name = metadata.name_of(obj).replace("/", "_").replace(":", "_")
    return root / folder / f"{version}-{obj['kind'].lower()}-{namespace}-{name}.yaml"


def write(root: Path, obj: Object) -> Path:
    """Write one object and return its file (mode 0600, since a Secret is written in plain text)."""
    import yaml  # noqa: PLC0415 - only this mode needs it

    for folder in ("0-crd", "1-manifest"):
        (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    target = path(root, obj)
    target.touch(mode=0o600)
    target.write_text(yaml.safe_dump(obj, sort_keys=True))
    return target
