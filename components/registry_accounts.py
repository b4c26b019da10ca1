"""The registry's accounts, from the secret `slate:registryCredentials` of the stack."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi import Output

from components import labels
from components.pull_secret import docker_configuration
from components.refusal import refuse

KEYS = ("username", "password", "pushUsername", "pushPassword", "htpasswd")
_HOW = (
    f"write a file with one JSON object of the keys {', '.join(KEYS)} and run: "
    "pulumi config set --secret slate:registryCredentials < FILE"
)


class RegistryAccounts:
    """Who pulls and who pushes; every value is a secret output, or None where the secret is not set.

    Args:
        given: The secret's value, a JSON object, if it is set.
    """

    def __init__(self, given: Output[str] | None) -> None:
        self._checked = None if given is None else Output.secret(given).apply(checked)

    def pull_configuration(self, host: str | None, secret: str | None) -> Output[str] | None:
        """Docker's configuration for the account that pulls.

        Args:
            host: The registry.
            secret: Name of the Secret that pods name; None is the answer if that is not the one that the stack makes.
        """
        if self._checked is None or host is None or secret != labels.PULL_SECRET:
            return None
        return self._checked.apply(lambda own: docker_configuration(host, own["username"], own["password"]))

    @property
    def push_username(self) -> Output[str] | None:
        """The account that pushes; the one that pulls if there is no other."""
        return self._checked and self._checked.apply(lambda own: own.get("pushUsername") or own["username"])

    @property
    def push_password(self) -> Output[str] | None:
        """Its password."""
        return self._checked and self._checked.apply(lambda own: own.get("pushPassword") or own["password"])

    @property
    def htpasswd(self) -> Output[str]:
        """The accounts as the registry in the cluster reads them.

        Raises:
            ValueError: The secret is not set.
            SystemExit: While the output resolves, if an account has no line with a bcrypt hash.
        """
        if self._checked is None:
            raise ValueError(f"registry.type is cluster, and its accounts are missing: {_HOW}")
        return self._checked.apply(_accounts)


def checked(text: str) -> Mapping[str, str]:
    """The accounts, if they are as they must be.

    Raises:
        SystemExit: They are not; the user has been told, without any value.
    """
    try:
        given: Any = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, Mapping):
        refuse(f"slate:registryCredentials is not a JSON object; {_HOW}")
    problems = [f"unknown key {key!r}" for key in given if key not in KEYS]
    problems += [f"{key} is missing" for key in KEYS[:2] if not given.get(key)]
    problems += [f"{key} is not a text" for key in KEYS if not isinstance(given.get(key, ""), str)]
    if bool(given.get("pushUsername")) != bool(given.get("pushPassword")):
        problems.append("pushUsername and pushPassword belong together")
    if problems:
        refuse(f"slate:registryCredentials: {', '.join(problems)}; {_HOW}")
    return given


def _accounts(own: Mapping[str, str]) -> str:
    lines = [line.strip() for line in own.get("htpasswd", "").splitlines() if line.strip()]
    names = [line.partition(":")[0] for line in lines if line.partition(":")[2].startswith(("$2a$", "$2b$", "$2y$"))]
    needed = {own["username"], own.get("pushUsername") or own["username"]}
    if len(names) != len(lines) or not needed <= set(names):
        refuse(
            f"slate:registryCredentials: htpasswd needs a line with a bcrypt hash for each account; htpasswd -nB NAME "
            f"writes one; {_HOW}"
        )
    return "\n".join(lines) + "\n"
