"""Hash-pinned requirement files: what they pin, and how they are made."""

import re
from pathlib import Path

from tools.bootstrap.errors import BootstrapError

# Each file and what it is compiled from; later ones take the versions of earlier ones.
FILES = ("runtime", "dev", "bootstrap", "go", "scanners")


def pinned(file: Path, package: str) -> str:
    """Return the version that a compiled requirements file pins for a package.

    Raises:
        BootstrapError: the file is missing or does not pin the package.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BootstrapError(f"{file} cannot be read ({error.strerror}): is this a complete clone?") from error
    match = re.search(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    if match is None:
        raise BootstrapError(f"{file} does not pin {package}; run: python3 -m tools.bootstrap lock")
    return match[1]


def compile_command(uv: str, directory: Path, name: str) -> list[str]:
    """Return the command that compiles one requirements file for every system, without naming any host."""
    command = [uv, "pip", "compile", "--quiet", "--generate-hashes", "--universal", "--python-version", "3.11"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"]
    if name == "dev":
        command += ["--constraints", str(directory / "runtime.txt")]
    return [*command, "--output-file", str(directory / f"{name}.txt"), str(directory / f"{name}.in")]
