"""Where a comment goes: a pull request of GitHub or a merge request of GitLab, told by the job's environment.

The comment is found again by its hidden marker, among those that the job itself has written, and is changed rather than
written anew. Tokens come from the environment only.
"""

import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from tools.preview import job, limits
from tools.preview.client import Client, Refused


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


class GitHub:
    """A pull request. Needs `GITHUB_TOKEN` (permission `pull-requests: write`), `GITHUB_REPOSITORY`, and its number."""

    limit = limits.GITHUB

    def __init__(self, environment: Mapping[str, str], number: int | None = None) -> None:
        token = job.needed(environment, "GITHUB_TOKEN")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        headers["X-GitHub-Api-Version"] = "2022-11-28"
        root = job.root(environment, "GITHUB_API_URL", "https://api.github.com")
        self._client = Client(root, "GITHUB_TOKEN", token, headers)
        self._repository = job.repository(environment)
        self._number = job.pull_request(environment, number)

    def comments(self) -> Iterator[tuple[int, str]]:
        """Comments by the token's own user; the token of a job has none, then those by programs."""
        me = self._me()
        for comment in self._client.pages(f"{self._issue}/comments"):
            author = _author(comment, "user")
            if author.get("login") == me if me else author.get("type") == "Bot":
                yield int(comment["id"]), str(comment.get("body") or "")

    def write(self, text: str, number: int | None) -> str:
        """Write or change a comment."""
        if number is None:
            answer = self._client.one("POST", f"{self._issue}/comments", {"body": text})
        else:
            path = f"/repos/{self._repository}/issues/comments/{number}"
            answer = self._client.one("PATCH", path, {"body": text})
        return self._client.shown(answer.get("html_url") or f"comment {answer['id']}")

    @property
    def _issue(self) -> str:
        return f"/repos/{self._repository}/issues/{self._number}"

    def _me(self) -> str | None:
        try:
            name = self._client.one("GET", "/user").get("login")
        except Refused as refused:
            if refused.code in (401, 403, 404):
                return None
            raise
        if not name:
            raise self._client.strange()
        return str(name)


class GitLab:
    """A merge request. Needs `GITLAB_TOKEN` (a project's access token, scope `api`) and GitLab's own variables."""

    limit = limits.GITLAB

    def __init__(self, environment: Mapping[str, str], number: int | None = None) -> None:
        token = job.needed(environment, "GITLAB_TOKEN")
        root = job.root(environment, "CI_API_V4_URL")
        self._client = Client(root, "GITLAB_TOKEN", token, {"PRIVATE-TOKEN": token})
        project = urllib.parse.quote(job.needed(environment, "CI_PROJECT_ID"), safe="")
        self._notes = f"/projects/{project}/merge_requests/{job.merge_request(environment, number)}/notes"

    def comments(self) -> Iterator[tuple[int, str]]:
        """Comments by the token's own user."""
        me = self._client.one("GET", "/user")["id"]
        for note in self._client.pages(self._notes):
            if not note.get("system") and _author(note, "author").get("id") == me:
                yield int(note["id"]), str(note.get("body") or "")

    def write(self, text: str, number: int | None) -> str:
        """Write or change a comment."""
        method, path = ("POST", self._notes) if number is None else ("PUT", f"{self._notes}/{number}")
        return f"note {self._client.one(method, path, {'body': text})['id']}"


def _author(comment: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Who has written a comment; a deleted user is nobody."""
    author = comment.get(name)
    return author if isinstance(author, dict) else {}
