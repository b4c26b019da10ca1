"""What the locks are made from: the lists of the lower layers and the environment files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from services.conda_mirror.channels import PLATFORMS, ChannelSource
from services.conda_mirror.environment_file import read_environment, spec_problem
from services.conda_mirror.errors import EnvironmentFileError
from services.conda_mirror.rattler import spec_name
from tools.lock.errors import LockError

Kind = Literal["base", "common", "environment", "platform"]

DEFAULT_PYTHON = "3.10"
PLATFORM_LAYER = "platform"

_ENVIRONMENT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_RESERVED = re.compile(r"(base|common)-.*|base|common|platform|debian")
_PYTHON = re.compile(r"3\.\d+")
_CUDA = re.compile(r"\d+(\.\d+)?")
_IMPORT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True)
class Layers:
    """The content of `layers.yml`.

    Attributes:
        base: specs of the base layer.
        common: specs of the common layer.
        environment: names of the packages that every environment must have.
        required_imports: by layer (`base`, `common`), the modules that must import.
        platforms: the platforms to lock for, the first one's images are built.
        virtual: arguments of the virtual packages (`glibc`, `linux`, `archspec`).
        denied_licences: SPDX identifiers.
    """

    base: tuple[str, ...]
    common: tuple[str, ...]
    environment: tuple[str, ...] = ()
    required_imports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    platforms: tuple[str, ...] = ("linux-64",)
    virtual: Mapping[str, str] = field(default_factory=dict)
    denied_licences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """An environment file.

    Attributes:
        name: its name, which is that of its image.
        path: where it lies.
        python: such as `3.10`.
        specs: the packages that it asks for.
        channels: those that it may use, in order of priority.
        required_imports: the modules that must import in its image.
        detached: whether it has a full lock of its own instead of building on the common layer.
        cuda: the version of CUDA that its packages may expect.
    """

    name: str
    path: Path
    python: str
    specs: tuple[str, ...]
    channels: tuple[ChannelSource, ...]
    required_imports: tuple[str, ...] = ()
    detached: bool = False
    cuda: str | None = None


def read_layers(path: Path, channels: Sequence[ChannelSource]) -> Layers:
    """Read `layers.yml`.

    Raises:
        LockError: one message with every problem of the file.
    """
    content = _mapping(path)
    problems: list[str] = []
    lists = {
        key: _names(content.pop(key, []), key, problems)
        for key in ("base", "common", "environment", "platforms", "deniedLicences")
    }
    for key in ("base", "common"):
        found = (spec_problem(spec, channels) for spec in lists[key])
        problems += [f"{key}: {problem}" for problem in found if problem]
    if not any(spec.split()[0] == "python" for spec in lists["base"] if spec.strip()):
        problems.append("base: must contain `python` (without a version: that is a setting of each environment)")
    problems += [
        f"platforms: `{name}` is not known; allowed: {', '.join(PLATFORMS)}"
        for name in lists["platforms"]
        if name not in PLATFORMS
    ]
    imports = content.pop("requiredImports", {})
    virtual = content.pop("virtualPackages", {})
    if not isinstance(imports, dict) or set(imports) - {"base", "common"}:
        problems.append("requiredImports: must be a mapping with the keys base and common")
        imports = {}
    if not isinstance(virtual, dict) or set(virtual) - {"glibc", "linux", "archspec"}:
        problems.append('virtualPackages: must be a mapping such as {glibc: "2.36", linux: "5.15", archspec: x86_64}')
        virtual = {}
    elif not all(isinstance(value, str) for value in virtual.values()):
        problems.append('virtualPackages: versions must be quoted, such as "2.36": YAML reads 2.40 as 2.4')
    problems += [
        f"`{key}` is not understood; allowed: base, common, environment, requiredImports, platforms, virtualPackages, "
        "deniedLicences"
        for key in content
    ]
    if problems:
        raise LockError("\n  ".join([f"{path}: {len(problems)} problem(s)", *problems]))
    return Layers(
        lists["base"],
        lists["common"],
        lists["environment"],
        {key: _names(value, f"requiredImports.{key}", problems) for key, value in imports.items()},
        lists["platforms"] or ("linux-64",),
        virtual,
        lists["deniedLicences"],
    )


def read_environments(folder: Path, channels: Sequence[ChannelSource]) -> list[Environment]:
    """Read all environment files of a folder, by name.

    Raises:
        LockError: one message with every problem of all files.
    """
    environments, messages = [], []
    for path in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        try:
            environments.append(read_one(path, channels))
        except LockError as error:
            messages.append(str(error))
    names = [environment.name for environment in environments]
    messages += [f"{folder}: two files for the environment `{name}`" for name in set(names) if names.count(name) > 1]
    if messages:
        raise LockError("\n".join(messages))
    if not environments:
        raise LockError(f"{folder}: no environment file (*.yml) here; docs/environments.md shows one")
    return environments


def read_one(path: Path, channels: Sequence[ChannelSource], *, platform: bool = False) -> Environment:
    """Read one environment file.

    Args:
        path: the file.
        channels: trusted channels, highest priority first.
        platform: whether it is that of the in-cluster programs, whose name is not a workspace's.

    Raises:
        LockError: one message with every problem of the file.
    """
    try:
        file = read_environment(path, channels)
    except EnvironmentFileError as error:
        raise LockError(str(error)) from None
    problems: list[str] = []
    name = PLATFORM_LAYER if platform else path.stem
    if file.name != name:
        problems.append(f"name: must be `{name}`, as the file's name says")
    if not platform and (_RESERVED.fullmatch(name) or not _ENVIRONMENT_NAME.fullmatch(name)):
        problems.append(
            f"the file's name `{name}` must consist of lower-case letters, digits and inner hyphens, at most 40 "
            "characters, and not be base, common, platform or debian, nor begin with base- or common-"
        )
    if file.pip:
        problems.append(
            f"pip: {', '.join(file.pip)} cannot be locked from a conda channel. Name the conda packages instead"
        )
    problems += [
        f'dependency `{spec}`: Python\'s version is a setting here; write `slate: {{python: "3.12"}}` instead'
        for spec in file.dependencies
        if spec_name(spec) == "python" and spec != "python"
    ]
    slate = dict(file.slate)
    python = slate.pop("python", DEFAULT_PYTHON)
    if not isinstance(python, str) or not _PYTHON.fullmatch(python):
        problems.append(f'slate.python: `{python}` must be a quoted version such as "3.12"')
    cuda = slate.pop("cuda", None)
    if cuda is not None and not (isinstance(cuda, str) and _CUDA.fullmatch(cuda)):
        problems.append(f'slate.cuda: `{cuda}` must be a quoted version such as "12.4"')
    detached = slate.pop("detached", False)
    if not isinstance(detached, bool):
        problems.append(f"slate.detached: `{detached}` must be true or false")
    imports = _names(slate.pop("requiredImports", []), "slate.requiredImports", problems)
    problems += [
        f"slate.requiredImports: `{module}` is not the name of a module"
        for module in imports
        if not _IMPORT.fullmatch(module)
    ]
    problems += [f"slate.{key}: is not understood; allowed: python, requiredImports, detached, cuda" for key in slate]
    if problems:
        raise LockError("\n  ".join([f"{path}: {len(problems)} problem(s)", *problems]))
    return Environment(name, path, python, file.dependencies, file.channels, imports, detached, cuda)


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise LockError(f"{path}: not YAML: {error}") from None
    if not isinstance(content, dict):
        raise LockError(f"{path}: must be a mapping with the keys base and common")
    return content


def _names(value: Any, key: str, problems: list[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
        problems.append(f"{key}: must be a list of texts, such as [numpy, pandas]")
        return ()
    return tuple(entry.strip() for entry in value)
