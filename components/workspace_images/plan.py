"""Which layers there are and which stands on which: from the locks and the settings, without declaring anything."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.workspace_images.args import LayerArgs
from components.workspace_images.context import SOURCE_DATE_EPOCH, File, Layer, listed_files, write
from components.workspace_images.licences import refused
from components.workspace_images.locks import INDEX, package_manager, read_index, read_lock_file
from components.workspace_images.problem import ImagesError

CONTEXTS = Path(".slate/images")
PLATFORM = "platform"
LOCK_FILES = (".explicit.txt", ".lock", ".environment.yml", ".cdx.json")
FOLDERS = {PLATFORM: "images/platform"}
WORKSPACE_FOLDER = "images/workspace"
ON_DEBIAN = ("base", "detached", "platform")
"""Targets that stand on the Debian image; the others on the layer below."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be built.

    Attributes:
        root: The repository.
        locks: Folder with the locks.
        debian: Debian image, by digest.
        channels: Name, `url` (as in the locks) and `mirror` (as workspaces reach it) of each channel, in order.
        package_manager: Package manager besides slate-env, or `none`.
        given: Environments that have an image already, and are not built.
        used: Environments that workspaces use; each needs a lock.
        platform: Whether the image of the in-cluster programs is built.
        conda_platform: Platform of the packages, such as `linux-64`.
        denied_licences: Licences that no package of an image may have.
        remedy: Command that makes the locks.
    """

    root: Path
    locks: Path
    debian: str
    channels: Sequence[Mapping[str, str]]
    package_manager: str = "none"
    given: Sequence[str] = ()
    used: Sequence[str] = ()
    platform: bool = True
    conda_platform: str = "linux-64"
    denied_licences: Sequence[str] = ()
    remedy: str = "make lock"


def plan(request: Request) -> list[Layer]:
    """The layers to build, each after the one it stands on.

    Raises:
        ImagesError: Locks are missing or incomplete, or hold a package of a denied licence.
    """
    index = read_index(request.locks, _shown(request), request.remedy)
    made_with = package_manager(request.locks)
    if made_with != request.package_manager:
        raise ImagesError(
            f"{_shown(request)}: made for the package manager {made_with}, but images.packageManager is "
            f"{request.package_manager}; run `{request.remedy}` for that one, or change the setting"
        )
    environments = [name for name in index if target_of(name, index[name]) in ("environment", "detached")]
    missing = sorted(set(request.used) - set(environments) - set(request.given))
    if missing:
        known = ", ".join(sorted(environments)) or "none"
        raise ImagesError(
            f"{_shown(request)}: no lock for the environment {', '.join(missing)} (there are: {known}); add "
            f"{WORKSPACE_FOLDER}/environments/{missing[0]}.yml and run `{request.remedy}`, or set "
            f"images.environments.{missing[0]} to an image by digest"
        )
    wanted = [name for name in environments if name not in request.given]
    if request.platform and PLATFORM in index:
        wanted.append(PLATFORM)
    made: dict[str, Layer] = {}
    for name in wanted:
        _add(name, index, request, made, ())
    return list(made.values())


def target_of(name: str, entry: Mapping[str, Any]) -> str:
    """The Dockerfile's target for a layer."""
    if name == PLATFORM:
        return "platform"
    for kind in ("base", "common"):
        if name.startswith(f"{kind}-py"):
            return kind
    return "environment" if entry.get("parent") else "detached"


def _add(
    name: str, index: Mapping[str, Any], request: Request, made: dict[str, Layer], above: tuple[str, ...]
) -> Layer:
    if name in made:
        return made[name]
    if name in above or name not in index:
        raise ImagesError(
            f"{_shown(request)}/{INDEX}: {above[-1]} stands on {name}, which cannot be; {_again(request)}"
        )
    entry = index[name]
    target = target_of(name, entry)
    below = entry.get("parent") or (None if target == "base" else _base(entry, index, request, name))
    lower = _add(below, index, request, made, (*above, name)) if below else None
    made[name] = _layer(name, target, entry, request, lower)
    return made[name]


def _base(entry: Mapping[str, Any], index: Mapping[str, Any], request: Request, name: str) -> str:
    """The base layer whose Python installs a layer that stands on none; nothing of it stays in that layer's image."""
    bases = [other for other in index if target_of(other, index[other]) == "base"]
    same = [other for other in bases if index[other].get("python") == entry.get("python")]
    if not bases:
        raise ImagesError(f"{_shown(request)}/{INDEX}: has no base layer to build {name} with; {_again(request)}")
    return (same or bases)[0]


def _layer(name: str, target: str, entry: Mapping[str, Any], request: Request, lower: Layer | None) -> Layer:
    files = listed_files(request.root, FOLDERS.get(name, WORKSPACE_FOLDER), target)
    locked = {suffix: _lock_file(request, name, suffix) for suffix in LOCK_FILES}
    files |= {f"layer{suffix}": File(content) for suffix, content in locked.items()}
    bad = refused(locked[".cdx.json"], request.denied_licences)
    if bad:
        raise ImagesError(
            f"{_shown(request)}/{name}.lock holds packages of denied licences: {', '.join(bad)}; replace the packages "
            "in the environment, or take the licence off conda.licences.deny"
        )
    about = {
        "layer": name,
        "environment": name if target in ("environment", "detached") else None,
        "python": entry.get("python"),
        "requiredImports": list(entry.get("requiredImports") or ()),
        "packageManager": request.package_manager,
        "channels": [dict(channel) for channel in request.channels],
        "pip": {"indexUrl": None},
    }
    files["layer.json"] = File((json.dumps(about, indent=2, sort_keys=True) + "\n").encode())
    lines = [f"{channel['name']} {channel['url']}\n" for channel in request.channels]
    files["layer.channels.txt"] = File("".join(lines).encode())
    arguments = {
        "LAYER": name,
        "LOCK_SHA256": hashlib.sha256(locked[".lock"]).hexdigest(),
        "MANIFEST": locked[".environment.yml"].decode(),
        "SBOM_SHA256": hashlib.sha256(locked[".cdx.json"]).hexdigest(),
        "SOURCE_DATE_EPOCH": str(SOURCE_DATE_EPOCH),
    }
    if target in ON_DEBIAN:
        arguments["DEBIAN"] = request.debian
    return Layer(
        name=name,
        target=target,
        files=files,
        arguments=arguments,
        below=lower.name if lower else None,
        below_hash=lower.content_hash if lower else "",
    )


def _lock_file(request: Request, name: str, suffix: str) -> bytes:
    """A lock file; of locks for several platforms, all but the first have files of their own."""
    own = f"{name}.{request.conda_platform}{suffix}"
    file = own if (request.locks / own).is_file() else f"{name}{suffix}"
    return read_lock_file(request.locks, _shown(request), file, request.remedy)


def _shown(request: Request) -> str:
    """The folder of the locks as messages call it: from the repository's root, if it lies there."""
    inside = request.locks.is_relative_to(request.root)
    return str(request.locks.relative_to(request.root) if inside else request.locks)


def _again(request: Request) -> str:
    return f"run `{request.remedy}` again"


def layer_args(layers: Sequence[Layer], root: Path) -> list[LayerArgs]:
    """Arguments of `WorkspaceImages` for planned layers, whose contexts are written.

    Args:
        layers: The layers.
        root: The repository; paths of contexts count from it, so that those of another clone are no change.

    Raises:
        ImagesError: A context cannot be written.
    """
    made: list[LayerArgs] = []
    for layer in layers:
        context = write(layer, root / CONTEXTS)
        args: LayerArgs = {
            "name": layer.name,
            "tag": layer.content_hash,
            "target": layer.target,
            "context": str(context.relative_to(root) if context.is_relative_to(root) else context),
            "arguments": dict(layer.arguments),
        }
        if layer.below:
            args["below"] = layer.below
        made.append(args)
    return made
