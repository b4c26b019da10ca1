"""Stack files: which there are, what the settings in one say, and the file that Pulumi is given.

The committed `Pulumi.<stack>.yaml` of a stack that lives in this clone holds no secret and no salt, so that trying
things out leaves Git clean. Such a file is joined with the clone's own secret into `.slate/stacks/` and Pulumi reads
that. A file that brings its own encryption (`encryptionsalt`, or `secretsprovider`) is used as it is.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from settings import Settings, SettingsError, load
from tools.stack import misplaced, yaml_text
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.yaml_file import kind, read_yaml

Override = tuple[tuple[str, str], object]

TOKEN_SECRET = "slate:tokenSecret"  # noqa: S105 - the name of the key
OWN_ENCRYPTION = ("encryptionsalt", "secretsprovider", "encryptedkey")
HEADER = "# Made by `make up` from {source} and this clone's own secret. Edit {source}, not this file.\n"


def stack_names(layout: Layout) -> list[str]:
    """The stacks that have a settings file, by name."""
    files = layout.root.glob("Pulumi.*.yaml")
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in files)


def check_stack_name(name: str, layout: Layout) -> str:
    """Return the name if there is such a stack.

    Raises:
        StackProblem: The name is not one of the repository's stacks.
    """
    known = stack_names(layout)
    if name in known:
        return name
    names = ", ".join(known) or "none yet"
    hint = "A new stack is a file Pulumi.<name>.yaml beside Pulumi.yaml; letters, digits, '-' and '_'."
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise StackProblem(f'"{name}" cannot be the name of a stack. Stacks here: {names}.\n{hint}')
    raise StackProblem(f'There is no stack "{name}": Pulumi.{name}.yaml does not exist. Stacks here: {names}.\n{hint}')


def settings_values(document: Mapping[str, Any], project: Mapping[str, Any], source: str) -> dict[str, object]:
    """The `slate:` settings of a stack file as a plain mapping, defaults of `Pulumi.yaml` included.

    Args:
        document: The content of `Pulumi.<stack>.yaml`.
        project: The content of `Pulumi.yaml`.
        source: The stack file's name, for messages.

    Raises:
        StackProblem: `config` is not a mapping, in one of the files; or has a setting with and without `slate:`; or a
            setting stands where it would be passed over.
    """
    declared = project.get("config") or {}
    if not isinstance(declared, dict):
        raise StackProblem(f"Pulumi.yaml: `config` must be a mapping of declared settings, not {kind(declared)}.")
    values: dict[str, object] = {
        _plain(key): entry["default"]
        for key, entry in declared.items()
        if isinstance(entry, dict) and "default" in entry and not _foreign(key)
    }
    config = document.get("config") or {}
    if not isinstance(config, dict):
        raise StackProblem(f"{source}: `config` must be a mapping of settings, not {kind(config)}.")
    misplaced.check(document, source)
    twice = sorted(str(key) for key in config if f"slate:{key}" in config)
    if twice:
        listed = "".join(f"\n  {key} and slate:{key}" for key in twice)
        raise StackProblem(
            f"{source}: `config` has settings twice, of which only one would count;"
            f" remove the one without `slate:`:{listed}"
        )
    values.update({_plain(key): value for key, value in config.items() if not _foreign(key) and not _own(key, value)})
    return {key: value for key, value in values.items() if value != ""}  # as the program reads them


def read_settings(stack: str, layout: Layout) -> tuple[Settings, dict[str, Any]]:
    """Read and check a stack's settings without starting Pulumi.

    Returns:
        The settings and the stack file's content.

    Raises:
        StackProblem: The file cannot be read or its settings are wrong; one message with all problems.
    """
    path = layout.settings_file(check_stack_name(stack, layout))
    document = read_yaml(path)
    values = settings_values(document, read_yaml(layout.root / "Pulumi.yaml"), path.name)
    try:
        return load(values, source=path.name), document
    except SettingsError as error:
        raise StackProblem(str(error)) from error


def has_own_encryption(document: Mapping[str, Any]) -> bool:
    """Whether a stack file brings its own encryption and is used as it is."""
    return any(document.get(key) for key in OWN_ENCRYPTION)


def check_token_secret(document: Mapping[str, Any], settings: Settings, stack: str, suffix: str) -> None:
    """Refuse a stack file that brings its own encryption, but not the secret that its workspaces need.

    Args:
        document: The stack file's content.
        settings: What it declares; a platform alone has no workspaces and needs no secret.
        stack: The stack's name.
        suffix: What makes a `make` command mean this stack.

    Raises:
        StackProblem: The secret is missing.
    """
    if settings.scope == "platform" or not has_own_encryption(document):
        return
    if TOKEN_SECRET not in (document.get("config") or {}):
        raise StackProblem(
            f"Pulumi.{stack}.yaml brings its own encryption, but no {TOKEN_SECRET}, which access tokens are made from."
            f' Set it:\n  openssl rand -hex 32 | make pulumi{suffix} ARGS="config set --secret {TOKEN_SECRET}"\n'
            f"or remove {' and '.join(key for key in OWN_ENCRYPTION if document.get(key))} from the file, and"
            " `make up` keeps a secret of its own for this clone."
        )


def override(text: str, overrides: Sequence[Override], source: str) -> str:
    """Set keys of settings in the text of a stack file, and leave the rest of it as it is.

    Args:
        text: The stack file.
        overrides: Paths below `config`, such as `("slate:registry", "host")`, and their values.
        source: The file's name, for messages.

    Raises:
        StackProblem: The file is written in a way that cannot be added to.
    """
    try:
        expected = yaml.safe_load(text) or {}
        joined = text if expected.get("config") else yaml_text.with_empty_config(text)
        expected["config"] = dict(expected.get("config") or {})
        for (section, key), value in overrides:
            expected["config"][section] = {**(expected["config"].get(section) or {}), key: value}
            joined = yaml_text.with_value(joined, ("config", section), key, value)
        kept = yaml.safe_load(joined) == expected
    except (yaml.YAMLError, TypeError, ValueError):  # a list or a text where a mapping should be
        kept = False
    if not kept:
        sections = ", ".join(sorted({section for (section, _), _ in overrides}))
        raise StackProblem(f"{source}: write `config:` and {sections} as plain blocks, as the other stack files do.")
    return joined


def merge(text: str, own: Mapping[str, Any], source: str) -> str:
    """Join committed settings with a clone's own salt and secret.

    The committed text stays as it is, comments included, and only gets two entries more: read and written again it
    would change, since Pulumi reads YAML 1.2 and PyYAML 1.1 (`no` is a text there and false here).

    Args:
        text: The committed file.
        own: The content of the clone's own file: `encryptionsalt` and the encrypted `slate:tokenSecret`.
        source: The committed file's name.

    Returns:
        The text of the joined file.

    Raises:
        StackProblem: The committed file holds a plain secret, or is written in a way that cannot be added to.
    """
    document = yaml.safe_load(text) or {}
    config = document.get("config")
    if TOKEN_SECRET in (config or {}):
        raise StackProblem(
            f"{source}: {TOKEN_SECRET} is set, but the file has no encryption settings. Remove the line (`make up`"
            f" makes a secret for this clone), or encrypt it: see docs/operate.md, section Backends for teams."
        )
    secret = {TOKEN_SECRET: own["config"][TOKEN_SECRET]}
    expected = {**document, "config": {**(config or {}), **secret}, "encryptionsalt": own["encryptionsalt"]}
    try:
        joined = text if config else yaml_text.with_empty_config(text)
        joined = yaml_text.with_entry(joined, ("config",), secret)
        joined = yaml_text.with_entry(joined, (), {"encryptionsalt": own["encryptionsalt"]})
        kept = yaml.safe_load(joined) == expected
    except yaml.YAMLError:
        kept = False
    if not kept:
        raise StackProblem(f"{source}: write `config:` as a plain block, as the other stack files do.")
    return HEADER.format(source=source) + joined


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; a reader sees the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def _plain(key: object) -> str:
    return str(key).removeprefix("slate:")


def _own(key: object, value: object) -> bool:
    """Whether it is the token secret, encrypted; `load` refuses one in plain, without showing it."""
    return key == TOKEN_SECRET and isinstance(value, dict) and set(value) == {"secure"}


def _foreign(key: object) -> bool:
    return ":" in str(key) and not str(key).startswith("slate:")
