"""The bill of materials of a lock (CycloneDX), and the check of its licences."""

import importlib.resources
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from services.conda_mirror.records import Record
from tools.lock.errors import LockError

# pixi-sbom stamps documents with the time; this one makes the same lock give the same document.
_EPOCH = "1735689600"
_LICENCE_VIOLATION = 3
_SECONDS = 60


def document(lock: Path, name: str, platform: str, records: Sequence[Record]) -> str:
    """Return the bill of materials of a lock.

    Packages that are also on the Python package index are named as such (`pkg:pypi/…`), since vulnerability databases
    know them by that name; their conda identity is a property.

    Args:
        lock: the lock file.
        name: of the layer.
        platform: the platform of the lock to describe.
        records: the lock's packages for it.

    Raises:
        LockError: pixi-sbom is missing or fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "document.json"
        result = _pixi_sbom(lock, platform, "--output", str(output))
        if result.returncode != 0:
            raise LockError(f"pixi-sbom cannot describe {lock}: {result.stderr.strip()}")
        content = json.loads(output.read_text(encoding="utf-8"))
    content["metadata"]["component"]["name"] = name
    by_url = {record.url: record for record in records}
    for component in content["components"]:
        _identify(component, by_url)
    return json.dumps(content, indent=1) + "\n"


def denied_packages(lock: Path, platform: str, licences: Sequence[str]) -> list[str]:
    """Return the packages of a lock whose licence is denied, each with that licence.

    A package passes if its licence expression can be fulfilled without the denied ones.

    Raises:
        LockError: pixi-sbom is missing or fails, or a licence is no SPDX identifier.
    """
    if not licences:
        return []
    arguments = [part for licence in licences for part in ("--deny-license", licence)]
    with tempfile.TemporaryDirectory() as folder:
        result = _pixi_sbom(lock, platform, *arguments, "--output", f"{folder}/document.json")
    if result.returncode == 0:
        return []
    if result.returncode != _LICENCE_VIOLATION:
        raise LockError(f"The licences of {lock} cannot be checked: {result.stderr.strip()}")
    return [line.strip() for line in result.stderr.splitlines() if line.startswith("  ")]


def _pixi_sbom(lock: Path, platform: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = Path(sys.executable).parent / "pixi-sbom"
    program = str(own) if own.exists() else shutil.which("pixi-sbom")
    if program is None:
        raise LockError("pixi-sbom is not here; run: python3 -m tools.bootstrap ensure python")
    command = [program, "--no-config", "--quiet", "--no-cache", "--pypi-mapping", "lock", "--lockfile", str(lock)]
    return subprocess.run(
        [*command, "--platform", platform, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH},
    )


def _identify(component: dict[str, Any], by_url: Mapping[str, Record]) -> None:
    urls = {reference["url"] for reference in component.get("externalReferences", [])}
    record = next((by_url[url] for url in urls if url in by_url), None)
    name = pypi_name(record) if record else None
    if record is None or name is None or not component.get("purl", "").startswith("pkg:conda/"):
        return
    component.setdefault("properties", []).append({"name": "pixi:purl", "value": component["purl"]})
    component["purl"] = f"pkg:pypi/{name}@{record.version}"


def pypi_name(record: Record) -> str | None:
    """Return the name that a package has on the Python package index, or None if it is none of it.

    conda-forge's own table names those whose names differ; the others that need Python have the same name.
    """
    if record.name in ("python", "python_abi") or not any(spec.split()[0] == "python" for spec in record.depends):
        return None
    return _renamed().get(record.name, record.name.replace("_", "-").replace(".", "-").lower())


@cache
def _renamed() -> dict[str, str]:
    text = importlib.resources.files("whl2conda.api").joinpath("stdrename.json").read_text(encoding="utf-8")
    return {conda: pypi for pypi, conda in json.loads(text).items() if not pypi.startswith("$")}
