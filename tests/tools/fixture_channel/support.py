"""Small wheels and interpreters for the tests."""

import base64
import hashlib
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    requires: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Summary: A small package"]
    metadata += [f"{key}: {value}" for key, value in (headers or {}).items()]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    pure = "true" if tag.endswith("any") else "false"
    content = {
        f"{name}/__init__.py": "",
        **(files or {}),
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {tag}\n",
    }
    record = "".join(f"{member},sha256={_record_hash(text)},{len(text)}\n" for member, text in content.items())
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(member, text)
    return path


def _record_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def write_interpreter(folder: Path, version: str, **answer: object) -> Path:
    """Write a program that answers as a CPython does."""
    short = version.rpartition(".")[0]
    path = folder / "bin" / f"python{short}"
    path.parent.mkdir(parents=True)
    values = {
        "version": version,
        "implementation": "CPython",
        "prefix": str(folder),
        "missing": [],
        "machine": "x86_64",
        "free": False,
        **answer,
    }
    text = str(values).replace("'", '"').replace("False", "false").replace("True", "true")
    path.write_text(f"#!/bin/sh\necho '{text}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder
