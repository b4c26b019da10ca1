"""Conda channels: a name, the address that locks record, and where the bytes really come from."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from settings.base import REFUSED, Model, Rule, closest, text
from settings.errors import Refusal
from settings.references import HttpsUrl

FIXTURE = "fixture"
KNOWN = {
    "conda-forge": "https://conda.anaconda.org/conda-forge",
    # `.invalid` never resolves (RFC 6761): whoever goes past the mirror fails, instead of asking a stranger.
    FIXTURE: "https://slate.invalid/fixture",
}
"""Channels that can be given by their name alone."""

RESERVED = ("latest", "snapshots", "pool", "t", "healthz", "readyz", "metrics")
"""A channel's name is part of its address on the mirror, where these have a meaning."""

_PAID = ("defaults", "main", "r", "msys2", "anaconda")


def channel_name(value: object) -> str:
    """Accepts a channel's name.

    Raises:
        Refusal: When it is a URL, one of Anaconda's own, or not a name.
    """
    given = text(value)
    if "://" in given:
        raise Refusal("is a URL, not a name", "write a short name, and the URL in url")
    if given.lower() in _PAID:
        what = "is one of Anaconda's own channels, which larger organisations must pay for, also for copies"
        raise Refusal(what, "use conda-forge, or another name if yours only happens to be called so")
    if given in RESERVED:
        raise Refusal("has a meaning in the mirror's addresses", f"write another name, such as {given}-channel")
    if not re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", given):
        raise Refusal("is not a channel's name", "write lower-case letters, digits, dots, hyphens")
    return given


def source_url(value: object) -> str:
    """Accepts an address that a channel is copied from: https, http or file, without credentials.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    try:
        parts = urlsplit(given)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.username or parts.password:
        raise Refusal("holds credentials", "remove them from the URL; they do not belong in this file")
    whole_file = parts.scheme == "file" and parts.path.startswith("/") and not host
    if re.search(r"\s", given) or not (whole_file or (parts.scheme in ("https", "http") and host)):
        raise Refusal("is not an https, http or file URL", "write it like https://mirror.example.org/conda-forge")
    return given.rstrip("/")


ChannelName = Annotated[
    str,
    Rule(
        channel_name,
        "channel name",
        "a short name of lower-case letters, digits, dots and hyphens; not one of Anaconda's own channels",
        {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$", "maxLength": 63},
    ),
]
SourceUrl = Annotated[
    str,
    Rule(
        source_url,
        "URL",
        "an https, http or file URL without credentials",
        {"type": "string", "pattern": "^(https?|file)://"},
    ),
]


class Channel(Model):
    """A conda channel."""

    name: ChannelName = Field(description="Short name; the mirror serves the channel under it.")
    url: HttpsUrl = Field(description="Address that locks record, whatever mirror is used.")
    source: SourceUrl | None = Field(default=None, description="Where the packages are copied from, if not from url.")


class KnownByName:
    """Lets the name of a known channel stand for the channel; annotate a `Channel` with it."""

    allowed = f"{' or '.join(KNOWN)}, or a mapping with name and url"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self._spelled_out, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        word = {"type": "string", "enum": list(KNOWN)}
        return {"anyOf": [word, handler(schema)], "x-kind": "channel", "x-allowed": self.allowed}

    def _spelled_out(self, value: object) -> Any:
        if not isinstance(value, str):
            return value
        if value in KNOWN:
            return {"name": value, "url": KNOWN[value]}
        context = {"what": "is not the name of a known channel", "allowed": self.allowed, "fix": self._instead(value)}
        try:
            channel_name(value)
        except Refusal as refusal:
            if value.lower() in _PAID:
                context |= {"what": refusal.what, "fix": refusal.fix}
        raise PydanticCustomError(REFUSED, "{what}", context)

    def _instead(self, value: str) -> str:
        near = closest(value, list(KNOWN))
        if near:
            return f"did you mean {near}?"
        known = next((name for name, url in KNOWN.items() if value.rstrip("/") == url), None)
        return f"write {known}" if known else "write a mapping with the keys name and url"


ChannelChoice = Annotated[Channel, KnownByName()]
