"""What `make up` adds to a stack's configuration, and locks to plan images from: small, but of the real form."""

import hashlib
import json
from pathlib import Path
from typing import Any

DIGEST = "sha256:" + "0123456789abcdef" * 4
REGISTRY = "127.0.0.1:5000"
MIRROR = "http://127.0.0.1:8100"
DEBIAN = f"{REGISTRY}/slate/debian@{DIGEST}"
CREDENTIALS = {
    "username": "puller",
    "password": "pull-password-of-the-tests",
    "pushUsername": "pusher",
    "pushPassword": "push-password-of-the-tests",
    "htpasswd": "puller:$2y$05$abcdefghijklmnopqrstuv\npusher:$2y$05$abcdefghijklmnopqrstuv\n",
}

CHAIN: dict[str, dict[str, Any]] = {
    "base-py310": {"parent": None, "python": "3.10"},
    "common-py310": {"parent": "base-py310", "python": "3.10"},
    "default": {"parent": "common-py310", "python": "3.10", "requiredImports": ["numpy"]},
    "base-py312": {"parent": None, "python": "3.12"},
    "common-py312": {"parent": "base-py312", "python": "3.12"},
    "python312": {"parent": "common-py312", "python": "3.12", "requiredImports": ["numpy"]},
    "platform": {"parent": None, "python": "3.12"},
}


def write_locks(
    folder: Path,
    layers: dict[str, dict[str, Any]] | None = None,
    *,
    package_manager: str | None = None,
    licence: str = "BSD-3-Clause",
) -> Path:
    """Write locks as `tools.lock` does; each layer holds one package, of its own name."""
    folder.mkdir(parents=True, exist_ok=True)
    chain = layers or CHAIN
    for name in chain:
        package = hashlib.sha256(name.encode()).hexdigest()
        bill = {"components": [{"name": name, "version": "1", "licenses": [{"license": {"id": licence}}]}]}
        url = f"https://slate.invalid/fixture/noarch/{name}-1-0.conda"
        files = {
            "lock": f"version: 7\n# {name}\n",
            "explicit.txt": f"{url}#sha256:{package}\n",
            "environment.yml": f"name: {name}\ndependencies: [{name}=1]\n",
            "cdx.json": json.dumps(bill),
        }
        for suffix, text in files.items():
            (folder / f"{name}.{suffix}").write_text(text)
    index = {"format": 1, "options": {"packageManager": package_manager}, "layers": chain}
    (folder / "locks.json").write_text(json.dumps(index))
    return folder


def filled(settings: dict[str, Any], locks: Path) -> dict[str, Any]:
    """A stack's `slate:` keys with what `make up` adds for a registry of type `local`."""
    settings = dict(settings)
    for key, own in {
        "slate:registry": {"host": REGISTRY},
        "slate:conda": {"mirrorUrl": MIRROR},
        "slate:images": {"debian": DEBIAN, "locks": str(locks), "builderName": "slate"},
    }.items():
        settings[key] = settings.get(key, {}) | own
    return settings
