"""Talks to the API of GitHub or GitLab. The token goes to its root and nowhere else, and into no message."""

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.preview import job
from tools.preview.problem import PreviewProblem

SECONDS = 30
PER_PAGE = 100
MOST_PAGES = 100
"""A comment that is not among ten thousand is written anew."""
SHOWN = 300
"""Characters of what a platform says that are shown."""
_NEXT = re.compile(r'rel="?next\b')
_ADVICE = {
    401: "{token} is wrong or has expired.",
    403: "{token} lacks a permission, or there were too many requests.",
    404: "It is not there, or {token} may not see it.",
    429: "There were too many requests: try again later.",
}


class Refused(PreviewProblem):
    """The platform's answer is no."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unreachable(PreviewProblem):
    """There is no answer."""


@dataclass(frozen=True)
class Client:
    """One API, asked with one token."""

    root: str
    variable: str
    """The variable that holds the token."""
    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def one(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """One request that is answered with one thing, which has a number.

        Args:
            method: Of HTTP.
            path: Below the root.
            content: Sent as JSON.

        Raises:
            Refused: The platform says no.
            PreviewProblem: It cannot be reached, or its answer is something else.
        """
        return self._numbered(self._ask(method, path, content)[0])

    def pages(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Every thing of a list that comes page by page; raises as `one` does."""
        for page in range(1, MOST_PAGES + 1):
            # Counted here: an address for the next page, which the answer names, could lead anywhere.
            found, link = self._ask("GET", f"{path}?per_page={PER_PAGE}&page={page}")
            if not isinstance(found, list):
                raise self.strange()
            yield from map(self._numbered, found)
            if not (_NEXT.search(link) if link else len(found) >= PER_PAGE):
                return

    def shown(self, text: object) -> str:
        """What a platform says, on one line and without the token."""
        line = " ".join(str(text).replace(self.token, "***").split())[:SHOWN]
        return "".join(character if character.isprintable() else "?" for character in line)

    def _ask(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> tuple[Any, str]:
        """The answer to a request, and its header `Link`."""
        address = self.root + path
        data = None if content is None else json.dumps(content).encode()
        headers = {**self.headers, "Content-Type": "application/json", "User-Agent": "slate-preview"}
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - the root is checked
        try:
            with self._opener().open(request, timeout=SECONDS) as answer:
                text, link = answer.read(), ", ".join(answer.headers.get_all("Link", ()))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error, f"{method} {address}") from None
        except OSError as error:
            raise Unreachable(f"{self.root} cannot be reached: {self.shown(getattr(error, 'reason', error))}") from None
        except (ValueError, http.client.HTTPException):
            # What these errors quote may be a secret: a header, or the address of a proxy with its password.
            raise PreviewProblem(
                f"{self.root} cannot be reached or understood: its host's name or the address of a proxy"
                " (HTTPS_PROXY) is wrong, or its answer breaks off or is no HTTP."
            ) from None
        try:
            return json.loads(text), link
        except (ValueError, RecursionError):
            raise self.strange() from None

    def _opener(self) -> urllib.request.OpenerDirector:
        # A proxy would get what is for this machine, and unencrypted at that.
        here = job.is_here(urllib.parse.urlsplit(self.root).hostname or "")
        handlers = [urllib.request.ProxyHandler({})] if here else []
        return urllib.request.build_opener(Redirect(self.root), *handlers)

    def _numbered(self, thing: Any) -> Mapping[str, Any]:
        if not isinstance(thing, dict) or not isinstance(thing.get("id"), int):
            raise self.strange()
        return thing

    def strange(self) -> PreviewProblem:
        """The problem of an answer that is none of such an API."""
        return PreviewProblem(
            f"{self.root} cannot be understood: it does not answer as the API does. Is it its address?"
        )

    def _refused(self, error: urllib.error.HTTPError, what: str) -> Refused:
        parts = [f"{what}: {error.code} {self.shown(error.reason)}".rstrip() + "."]
        try:
            said = json.loads(error.read())
            told = said.get("message") or said.get("error")
            parts += [f"It says: {self.shown(told)}"] if told else []
        except (OSError, ValueError, RecursionError, AttributeError, http.client.HTTPException):
            pass  # the number says enough
        if error.code in range(300, 400):
            parts.append("It sends elsewhere, which is not followed: is the address or the name an old one?")
        elif error.code >= 500:
            parts.append("Try again later.")
        else:
            parts.append(_ADVICE.get(error.code, "").format(token=self.variable))
        return Refused(error.code, " ".join(filter(None, parts)))


class Redirect(urllib.request.HTTPRedirectHandler):
    """Follows the redirect of a question within the platform's API only: the token goes nowhere else."""

    def __init__(self, root: str) -> None:
        self._root = root

    def redirect_request(  # noqa: PLR0917 - the library calls it so
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        """The request that follows a redirect; None if it is not followed."""
        # The library would make a mere question of what is to be written, and its answer would look like success.
        if req.get_method() == "GET" and newurl.startswith(f"{self._root}/"):
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        return None
