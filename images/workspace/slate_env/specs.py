"""What may be asked for: package specs and environment files, with one message for all that is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import SlateEnvError
from .condarc import Channel, choose

KEYS = ("name", "channels", "dependencies", "prefix", "slate", "variables")


@dataclass(frozen=True)
class EnvironmentFile:
    """A checked environment file."""

    name: str | None
    channels: tuple[Channel, ...]
    dependencies: tuple[str, ...]


def spec_name(spec: str) -> str:
    """The name of the package that a spec asks for.

    Raises:
        SlateEnvError: If it is none, or names a source of its own.
    """
    from rattler import MatchSpec  # noqa: PLC0415 - half a second that `--help` need not take

    if "::" in spec:
        raise SlateEnvError(f"`{spec}` picks its own channel; write `{spec.rsplit('::', 1)[-1]}`")
    if "://" in spec or spec.endswith((".conda", ".tar.bz2")) or spec.startswith(("/", "./", "../", "~")):
        raise SlateEnvError(f"`{spec}` is a URL or a file; packages come from the platform's channels: write a name")
    try:
        parsed = MatchSpec(spec)
        name = parsed.name.normalized if parsed.name else ""  # pyright: ignore[reportAttributeAccessIssue]
    except Exception as error:
        raise SlateEnvError(
            f"`{spec}` is not a package spec ({error}); write for instance `numpy` or `numpy >=2,<3`"
        ) from None
    if not name:
        raise SlateEnvError(f"`{spec}` names no package")
    if parsed.channel is not None or parsed.subdir is not None:
        raise SlateEnvError(f"`{spec}` names a channel of its own; leave that out")
    return name


def check_specs(specs: Sequence[str]) -> None:
    """Check several specs.

    Raises:
        SlateEnvError: One message with every problem.
    """
    problems = []
    for spec in specs:
        try:
            spec_name(spec)
        except SlateEnvError as error:
            problems.append(str(error))
    if problems:
        raise SlateEnvError("\n".join(problems))


def read_file(path: Path, known: Sequence[Channel]) -> EnvironmentFile:
    """Read an environment file (`environment.yml`).

    Raises:
        SlateEnvError: One message with every problem.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SlateEnvError(f"{path} cannot be read: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("dependencies"), list):
        raise SlateEnvError(f"{path}: needs a list `dependencies`, for instance `- numpy >=2`")
    problems = [f"`{key}` is not understood; known: {', '.join(KEYS)}" for key in content if key not in KEYS]
    chosen = tuple(known)
    specs: list[str] = []
    try:
        if content.get("channels"):
            chosen = choose(content["channels"], known, "`channels`")
    except SlateEnvError as error:
        problems.append(str(error))
    for item in content["dependencies"]:
        if isinstance(item, dict) and list(item) == ["pip"]:
            problems.append(
                "`pip:` is not installed by slate-env: leave it out, and run pip in the environment afterwards"
            )
        elif not isinstance(item, str):
            problems.append(f"dependency `{item}` is not a package spec")
        else:
            try:
                spec_name(item)
                specs.append(item.strip())
            except SlateEnvError as error:
                problems.append(f"dependency {error}")
    if problems:
        raise SlateEnvError("\n  ".join([f"{path}: {len(problems)} problem(s)", *problems]))
    name = content.get("name")
    return EnvironmentFile(str(name) if name else None, chosen, tuple(specs))
