"""Where a comment goes: a pull request of GitHub or a merge request of GitLab, told by the job's environment.

The comment is found again by its hidden marker, among those that the job itself has written, and is changed rather than
written anew. Tokens come from the environment only.
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tools.preview import limits
from tools.preview.problem import PreviewProblem

SECONDS = 30
PER_PAGE = 100
MOST_PAGES = 100
"""A comment that is not among ten thousand is written anew."""
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


class Platform(Protocol):
    """One pull or merge request."""

    limit: int
    """Characters that a comment may have."""

    def comments(self) -> Iterator[tuple[int, str]]:
        """The comments that the job itself may have written: number and text."""
        ...

    def write(self, text: str, number: int | None) -> str:
        """Write a comment, or change the one with a number; returns its address."""
        ...


@dataclass(frozen=True)
class Client:
    """Talks to the platform's API."""

    root: str
    headers: Mapping[str, str]

    def ask(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> tuple[Any, Mapping[str, str]]:
        """One request; returns the answer and its headers.

        Args:
            method: Of HTTP.
            path: Below the root, or a whole address below it.
            content: Sent as JSON.

        Raises:
            Refused: The platform says no.
            PreviewProblem: It cannot be reached.
        """
        address = path if path.startswith(self.root) else self.root + path
        data = None if content is None else json.dumps(content).encode()
        headers = {**self.headers, "Content-Type": "application/json", "User-Agent": "slate-preview"}
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - the root is checked
        try:
            with urllib.request.build_opener(_Redirect(self.root)).open(request, timeout=SECONDS) as answer:
                return json.load(answer), dict(answer.headers)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, f"{method} {address}: {error.code} {error.reason}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise PreviewProblem(f"{self.root} cannot be reached or understood: {reason}") from error

    def pages(self, path: str) -> Iterator[Any]:
        """Every element of a list that comes page by page."""
        wanted: str | None = path
        for _ in range(MOST_PAGES):
            if wanted is None:
                return
            found, headers = self.ask("GET", wanted)
            yield from found
            link = _NEXT.search(next((value for name, value in headers.items() if name.lower() == "link"), ""))
            # The token must not go anywhere else, whatever the answer says.
            wanted = link[1] if link and link[1].startswith(f"{self.root}/") else None


class _Redirect(urllib.request.HTTPRedirectHandler):
    """Follows a redirect within the platform's API only: the token goes nowhere else."""

    def __init__(self, root: str) -> None:
        self._root = root

    def redirect_request(  # noqa: PLR0917 - the library calls it so
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if newurl.startswith(f"{self._root}/"):
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        return None


class Refused(PreviewProblem):
    """The platform's answer is no."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class GitHub:
    """A pull request. Needs `GITHUB_TOKEN` (permission `pull-requests: write`), `GITHUB_REPOSITORY`, and its number."""

    limit = limits.GITHUB

    def __init__(self, environment: Mapping[str, str], number: int | None = None) -> None:
        token = _needed(environment, "GITHUB_TOKEN")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        root = environment.get("GITHUB_API_URL") or "https://api.github.com"
        self._client = Client(_root(root), headers | {"X-GitHub-Api-Version": "2022-11-28"})
        self._repository = urllib.parse.quote(_needed(environment, "GITHUB_REPOSITORY"), safe="/")
        self._number = number or _pull_request(environment)

    def comments(self) -> Iterator[tuple[int, str]]:
        """Comments by the token's own user; the token of a job has none, then those by programs."""
        me = self._me()
        for comment in self._client.pages(f"{self._issue}/comments?per_page={PER_PAGE}"):
            author = comment.get("user") or {}
            if author.get("login") == me if me else author.get("type") == "Bot":
                yield int(comment["id"]), str(comment.get("body") or "")

    def write(self, text: str, number: int | None) -> str:
        """Write or change a comment."""
        if number is None:
            answer, _ = self._client.ask("POST", f"{self._issue}/comments", {"body": text})
        else:
            path = f"/repos/{self._repository}/issues/comments/{number}"
            answer, _ = self._client.ask("PATCH", path, {"body": text})
        return str(answer.get("html_url", ""))

    @property
    def _issue(self) -> str:
        return f"/repos/{self._repository}/issues/{self._number}"

    def _me(self) -> str | None:
        try:
            return str(self._client.ask("GET", "/user")[0]["login"])
        except Refused as refused:
            if refused.code in (401, 403, 404):
                return None
            raise


class GitLab:
    """A merge request. Needs `GITLAB_TOKEN` (a project's access token, scope `api`) and GitLab's own variables."""

    limit = limits.GITLAB

    def __init__(self, environment: Mapping[str, str], number: int | None = None) -> None:
        self._client = Client(
            _root(_needed(environment, "CI_API_V4_URL")), {"PRIVATE-TOKEN": _needed(environment, "GITLAB_TOKEN")}
        )
        project = urllib.parse.quote(_needed(environment, "CI_PROJECT_ID"), safe="")
        wanted = str(number or _needed(environment, "CI_MERGE_REQUEST_IID"))
        if not wanted.isdecimal():
            raise PreviewProblem(f"CI_MERGE_REQUEST_IID must be a number, not {wanted!r}.")
        self._notes = f"/projects/{project}/merge_requests/{wanted}/notes"

    def comments(self) -> Iterator[tuple[int, str]]:
        """Comments by the token's own user."""
        me, _ = self._client.ask("GET", "/user")
        for note in self._client.pages(f"{self._notes}?per_page={PER_PAGE}"):
            if not note.get("system") and (note.get("author") or {}).get("id") == me["id"]:
                yield int(note["id"]), str(note.get("body") or "")

    def write(self, text: str, number: int | None) -> str:
        """Write or change a comment."""
        method, path = ("POST", self._notes) if number is None else ("PUT", f"{self._notes}/{number}")
        answer, _ = self._client.ask(method, path, {"body": text})
        return f"note {answer.get('id', '')}"


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise PreviewProblem(f"The variable {name} is not set; it is needed to post the comment.")
    return value


def _root(address: str) -> str:
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise PreviewProblem(f"{address!r} is no address of an API: it must begin with https://")
    return address.rstrip("/")


def _pull_request(environment: Mapping[str, str]) -> int:
    """The number of the pull request that the job runs for, from the file of its event."""
    try:
        event = json.loads(Path(environment.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
        return int((event.get("pull_request") or event.get("issue"))["number"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PreviewProblem(
            "This job does not run for a pull request (GITHUB_EVENT_PATH names none): say which with --number."
        ) from error
