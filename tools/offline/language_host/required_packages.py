"""Print, as JSON, the provider plugins that the installed packages declare in their `pulumi-plugin.json`."""

import json
import sys
from importlib import metadata
from pathlib import Path


def _version(package: str) -> str:
    # Reading every distribution's file list is slow, so only a package without a version of its own pays for it.
    names = metadata.packages_distributions().get(package, [])
    return metadata.version(names[0]) if names else ""


def _required() -> list[dict[str, str]]:
    found = {}
    for folder in sys.path:
        for declaration in sorted(Path(folder or ".").glob("*/pulumi-plugin.json")):
            package = declaration.parent.name
            plugin = json.loads(declaration.read_text(encoding="utf-8"))
            if not plugin.get("resource") or package in found:
                continue
            found[package] = {
                "name": plugin.get("name") or package.removeprefix("pulumi_"),
                "version": plugin.get("version") or _version(package),
                "server": plugin.get("server") or "",
            }
    return list(found.values())


print(json.dumps(_required()))
