"""A stand-in for the parts of GitHub's and GitLab's API that keep comments, on a free port of this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "the-token"
MOST = 65_536


class Site:
    """Comments, who asks, and what was asked."""

    def __init__(self) -> None:
        self.root = ""
        self.comments: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.user: dict[str, Any] | None = {"login": "slate-bot", "id": 7}
        """Who the token belongs to; None: it may not ask, as the token of a job may not."""
        self.refused: dict[str, int] = {}
        """Answers by method instead of the usual ones."""
        self.passing: dict[str, list[int]] = {}
        """Answers by method for the first requests only."""
        self.lost = 0
        """Comments that are written, but answered with 502."""
        self.said: Any = {"message": "no"}
        """What these answers tell."""
        self.raw: dict[tuple[str, str], bytes] = {}
        """Whole answers instead of the usual ones, by method and the end of the path; an empty one is no HTTP."""
        self.elsewhere: dict[str, str] = {}
        """By method, where an answer about comments sends to."""
        self.next: str = ""
        """The address of the next page, instead of the true one."""
        self.linked = True
        """Whether it tells that there is a next page."""

    def add(self, body: str, **author: Any) -> int:
        """A comment that is there already; returns its number."""
        number = 1000 + len(self.comments)
        locked = author.pop("locked", False)
        author = {"login": "slate-bot", "id": 7, "type": "Bot"} | author
        self.comments.append({"id": number, "body": body, "user": author, "author": author, "locked": locked})
        return number

    def body(self, number: int) -> str:
        """The text of a comment."""
        return next(entry["body"] for entry in self.comments if entry["id"] == number)


@contextmanager
def site() -> Iterator[Site]:
    """A site that serves for the length of a `with`."""
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else {}
            url = urlsplit(self.path)
            state.requests.append((self.command, url.path))
            sent = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")
            if sent not in (f"Bearer {TOKEN}", TOKEN):
                return self._send(401, {"message": "Bad credentials"})
            raw = next((raw for (method, end), raw in state.raw.items() if self._is(method, end)), None)
            if raw is not None:
                return self._send_raw(200, raw)
            if state.passing.get(self.command):
                return self._send(state.passing[self.command].pop(0), state.said)
            if self.command in state.refused:
                return self._send(state.refused[self.command], state.said)
            if url.path.endswith("/user"):
                return (
                    self._send(200, state.user)
                    if state.user is not None
                    else self._send(403, {"message": "not for jobs"})
                )
            return self._comments(url.path, parse_qs(url.query), content)

        def _is(self, method: str, end: str) -> bool:
            return self.command == method and urlsplit(self.path).path.endswith(end)

        def _comments(self, path: str, query: dict[str, list[str]], content: dict[str, Any]) -> None:
            if self.command in state.elsewhere:
                return self._send(302, {}, {"Location": state.elsewhere[self.command]})
            if self.command == "GET":
                size, page = int(query["per_page"][0]), int(query.get("page", ["1"])[0])
                part = state.comments[(page - 1) * size : page * size]
                more = page * size < len(state.comments)
                following = state.next or f"{state.root}{path}?per_page={size}&page={page + 1}"
                link = f'<{following}>; rel="next"' if more and state.linked else ""
                return self._send(200, part, {"Link": link} if link else {})
            if len(content["body"]) > MOST:
                return self._send(422, {"message": "too long"})
            if self.command == "POST":
                number = state.add(content["body"])
                if state.lost:
                    state.lost -= 1
                    return self._send(502, state.said)
            else:
                number = int(path.rpartition("/")[2])
                entry = next(entry for entry in state.comments if entry["id"] == number)
                if entry.get("locked"):
                    return self._send(403, {"message": "not yours"})
                entry["body"] = content["body"]
            return self._send(200, {"id": number, "html_url": f"https://github.example/c/{number}"})

        def _send(self, code: int, content: Any, headers: dict[str, str] | None = None) -> None:
            self._send_raw(code, json.dumps(content).encode(), headers)

        def _send_raw(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
            if not data:
                self.wfile.write(b"no HTTP\r\n\r\n")
                return
            self.send_response(code)
            for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 - the library's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.root = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
