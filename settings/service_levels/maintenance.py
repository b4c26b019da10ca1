"""Maintenance that was announced, as code."""

from typing import Annotated

from pydantic import Field

from settings.base import Model, Rule, text
from settings.errors import Refusal
from settings.service_levels.times import Instant


def title(value: object) -> str:
    """Accepts a line of text that users will read.

    Raises:
        Refusal: When it is empty, longer than 80 characters or has control characters.
    """
    given = text(value)
    if not given.strip() or not given.isprintable() or len(given) > 80:
        raise Refusal("is not one line of 1 to 80 characters", "write a short title, such as Storage upgrade")
    return given.strip()


TITLE = Rule(title, "text", "one line of 1 to 80 characters", {"type": "string", "minLength": 1, "maxLength": 80})


class Maintenance(Model):
    """One window of maintenance."""

    name: Annotated[str, TITLE] = Field(description="What is done, as users will read it.")
    start: Instant = Field(description="When it begins.")
    end: Instant = Field(description="When it is over.")
    announced: Instant | None = Field(
        default=None, description="When users were told; before its start. The report says so."
    )
