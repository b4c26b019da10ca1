"""Copying files to where they are served: each by one HTTP PUT, as object stores and WebDAV servers take it."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

import requests

from services.service_levels.errors import ServiceLevelsError

TIMEOUT_SECONDS = 60


def publish(files: Sequence[Path], url: str, authorization_file: Path | None) -> None:
    """Copy files, in this order.

    Args:
        files: What to copy; each keeps its name.
        url: Where to, without the names.
        authorization_file: File with the value of the header `Authorization`.

    Raises:
        ServiceLevelsError: A file was not taken; those before it were.
    """
    headers = {}
    if authorization_file:
        headers["Authorization"] = authorization_file.read_text(encoding="utf-8").strip()
    with requests.Session() as session:
        session.trust_env = False  # a ~/.netrc entry would replace the Authorization header
        for file in files:
            target = f"{url.rstrip('/')}/{file.name}"
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            text = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
            more = {**headers, "Content-Type": text, "Cache-Control": "max-age=60"}
            try:
                answer = session.put(
                    target, data=file.read_bytes(), headers=more, timeout=TIMEOUT_SECONDS, allow_redirects=False
                )
            except requests.RequestException as problem:
                raise ServiceLevelsError(f"{target} cannot be reached: {type(problem).__name__}") from None
            if answer.status_code // 100 != 2:
                what = f"{target} answers {answer.status_code} {answer.reason} to PUT"
                raise ServiceLevelsError(f"{what}; is it the right address, and may this program write there?")
