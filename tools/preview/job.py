"""What the job's environment says about the place of a comment, checked before anything is sent there.

No message shows a value that may be a secret: a token, or an address that somebody has put a password in.
"""

import ipaddress
import json
import re
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.preview.problem import PreviewProblem

_PRINTABLE = re.compile("[!-~]+")
"""What a header or an address can carry as it is: ASCII on one line, without blanks."""
_REPOSITORY = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9_.-]+")
_NUMBER = re.compile("[1-9][0-9]{0,17}")


def needed(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable, without white space around it.

    Raises:
        PreviewProblem: It is not set, or cannot be part of an address or header.
    """
    value = environment.get(name, "").strip()
    if not value:
        raise PreviewProblem(f"The variable {name} is not set; it is needed to post the comment.")
    if not _PRINTABLE.fullmatch(value):
        raise PreviewProblem(
            f"The variable {name} cannot be used: only printable ASCII characters on one line, without blanks, are"
            " allowed. Set it anew. Its value is not shown, since it may be a secret."
        )
    return value


def root(environment: Mapping[str, str], name: str, usual: str = "") -> str:
    """The address of an API that a token may be sent to: encrypted, or on this machine.

    Args:
        environment: Of the job.
        name: The variable that holds the address.
        usual: Taken if the variable is not set.

    Raises:
        PreviewProblem: The variable is not set, or is no such address.
    """
    address = needed({name: environment.get(name, "").strip() or usual}, name)
    try:
        parts = urllib.parse.urlsplit(address)
        _ = parts.port  # raises if it is no port
    except ValueError:
        fits = False
    else:
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname or ""))
        fits = bool(parts.hostname) and safe and not set(address) & set('@?#\\<>"')
    if not fits:
        raise PreviewProblem(
            f"The variable {name} is no address of an API: it must begin with https://, followed by a host, and a port"
            " and a path if there are any, but no user and no query. http:// is allowed on this machine only"
            " (localhost, 127.0.0.0/8, [::1]), since the token would be readable on its way."
        )
    return address.rstrip("/")


def is_here(host: str) -> bool:
    """Whether a host is the machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def repository(environment: Mapping[str, str]) -> str:
    """The repository on GitHub, as `owner/name`.

    Raises:
        PreviewProblem: It is not set, or is none.
    """
    value = needed(environment, "GITHUB_REPOSITORY")
    if not _REPOSITORY.fullmatch(value):
        raise PreviewProblem("The variable GITHUB_REPOSITORY must be like owner/name, which it is not.")
    return value


def pull_request(environment: Mapping[str, str], number: int | None) -> str:
    """The number of the pull request: the one given, else that of the event that the job runs for.

    Raises:
        PreviewProblem: There is none.
    """
    if number is not None:
        return _given(number)
    try:
        event = json.loads(Path(environment.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
        found = str(_of_event(event)["number"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        found = ""
    if not _NUMBER.fullmatch(found):
        raise PreviewProblem(
            "This job does not run for a pull request (GITHUB_EVENT_PATH names none): say which with --number."
        )
    return found


def merge_request(environment: Mapping[str, str], number: int | None) -> str:
    """The number of the merge request: the one given, else that of the job.

    Raises:
        PreviewProblem: There is none.
    """
    if number is not None:
        return _given(number)
    found = needed(environment, "CI_MERGE_REQUEST_IID")
    if not _NUMBER.fullmatch(found):
        raise PreviewProblem(f"CI_MERGE_REQUEST_IID must be a number from 1 on, not {found!r}.")
    return found


def _given(number: int) -> str:
    if number < 1:
        raise PreviewProblem(f"--number must be that of a pull or merge request, from 1 on, not {number}.")
    return str(number)


def _of_event(event: Any) -> Any:
    """The pull request of an event; a comment's event tells it as an issue that has a pull request."""
    issue = event.get("issue")
    return event.get("pull_request") or (issue if issue["pull_request"] else None)
