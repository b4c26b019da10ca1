"""This clone's own secret: the key that workspace tokens are made from, encrypted with the clone's own salt.

It is made once, in a Pulumi project of its own under `.slate/stacks/`, since `pulumi stack init` writes the salt
beside the project file and must not touch the committed one. The value goes to Pulumi on its standard input and
is never printed, logged or given on a command line.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.stack.configuration import TOKEN_SECRET, read_yaml, write_private
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.pulumi import PROJECT, Pulumi

TOKEN_BYTES = 32


def ensure(
    stack: str, layout: Layout, environment: Mapping[str, str], progress: Progress, *, own_backend: bool
) -> dict[str, Any]:
    """Make the stack and its secret if they are not there yet.

    Returns:
        The content of the clone's own stack file: `encryptionsalt` and the encrypted secret.

    Raises:
        StackProblem: Pulumi refused, or a shared backend has the stack already and this clone not its secret.
    """
    project = layout.own_secrets()
    write_private(project / "Pulumi.yaml", f"name: {PROJECT}\nruntime: python\n")
    path = _file(stack, layout)
    pulumi = Pulumi(
        binary=layout.binaries / "pulumi", root=project, stack=stack, environment=environment, config_file=None
    )
    exists = pulumi.exists()
    own = known(stack, layout)
    if own and exists:
        return own
    if exists and not own_backend:
        raise StackProblem(
            f'The backend has a stack "{stack}" already, but Pulumi.{stack}.yaml says nothing of its encryption, and'
            " this clone did not make it.\nPut `encryptionsalt` (or `secretsprovider`) and the encrypted"
            f" {TOKEN_SECRET} into the file, for all who work on the stack: see docs/operate.md, section Backends for"
            " teams."
        )
    if not exists:
        pulumi.question(["stack", "init", stack, "--no-select"])
    if not own:
        pulumi.question(["config", "set", "--secret", TOKEN_SECRET], text=secrets.token_hex(TOKEN_BYTES))
        progress.note("made this clone's own token secret (.slate/stacks/own-secrets, encrypted)")
    path.chmod(0o600)
    return read_yaml(path)


def known(stack: str, layout: Layout) -> dict[str, Any]:
    """The content of the clone's own stack file, without asking Pulumi; empty if it is not there or not complete."""
    path = _file(stack, layout)
    own = read_yaml(path) if path.exists() else {}
    return own if own.get("encryptionsalt") and TOKEN_SECRET in (own.get("config") or {}) else {}


def _file(stack: str, layout: Layout) -> Path:
    return layout.own_secrets() / f"Pulumi.{stack}.yaml"
