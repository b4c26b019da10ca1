"""What every settings model shares: the base class, and rules for single values with our own wording."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, core_schema

from settings.errors import Refusal, plain

REFUSED = "slate_refused"
"""Type of the pydantic errors that carry our own wording."""

NOT_EMPTY: dict[str, Any] = {"minItems": 1}
"""Schema of a list that needs an entry; checked in `settings.checks`, as pydantic counts valid entries only."""


class Model(BaseModel):
    """A part of the settings: immutable, unknown keys refused, camelCase in YAML, snake_case in Python."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
        hide_input_in_errors=True,
    )


@dataclass(frozen=True)
class Rule:
    """What one kind of value may be; annotate a field's type with it: `Annotated[str, Rule(...)]`.

    Attributes:
        parse: Takes the raw value, returns the accepted one, raises Refusal.
        kind: Short name of the kind of value, for the documentation.
        allowed: Allowed values in words, for messages and the documentation.
        schema: JSON schema of the value, for editors.
    """

    parse: Callable[[object], Any]
    kind: str
    allowed: str
    schema: dict[str, Any] = field(default_factory=dict, hash=False)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**self.schema, "x-kind": self.kind, "x-allowed": self.allowed}

    def _validate(self, value: object) -> Any:
        try:
            return self.parse(value)
        except Refusal as refusal:
            context = {
                "what": plain(refusal.what),
                "allowed": plain(refusal.allowed or self.allowed),
                "fix": plain(refusal.fix),
            }
            raise PydanticCustomError(REFUSED, "{what}", context) from None


def text(value: object) -> str:
    """Accepts a string only.

    Raises:
        Refusal: For everything else, with what YAML made of it.
    """
    if isinstance(value, str):
        return value
    if value is None:
        raise Refusal("has no value", "write a text after the colon, or remove the key")
    if isinstance(value, bool):
        fix = "put it in quotes: YAML reads yes, no, on, off, true and false as truth values"
        raise Refusal("is a truth value, not a text", fix)
    if isinstance(value, int | float):
        raise Refusal("is a number, not a text", "put it in quotes")
    raise Refusal("is not a text", "write one text value here")


def flag(value: object) -> bool:
    """Accepts true and false only.

    Raises:
        Refusal: For everything else.
    """
    if isinstance(value, bool):
        return value
    raise Refusal("is not a truth value", "write true or false, without quotes")


FLAG = Rule(flag, "true or false", "true or false", {"type": "boolean"})


def whole(minimum: int, maximum: int, unit: str = "") -> Rule:
    """A rule for whole numbers from `minimum` to `maximum`; `unit` is what they count, if anything."""
    counted = f"whole number of {unit}" if unit else "whole number"
    allowed = f"a {counted} from {minimum} to {maximum}"

    def parse(value: object) -> int:
        if isinstance(value, str):
            raise Refusal("is a text, not a number", "write a whole number without quotes or unit")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refusal("is not a number", f"write a number from {minimum} to {maximum}")
        if isinstance(value, float) and (not math.isfinite(value) or value != int(value)):
            raise Refusal("is not a whole number", f"write a whole number from {minimum} to {maximum}")
        if value < minimum:
            raise Refusal("is too small", f"write {minimum} or more")
        if value > maximum:
            raise Refusal("is too large", f"write {maximum} or less")
        return int(value)

    schema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return Rule(parse, counted, allowed, schema)


def choice(*options: str, reasons: dict[str, str] | None = None) -> Rule:
    """A rule for one of a few words; `reasons` says of further words why they are refused."""
    listed = " or ".join(filter(None, (", ".join(options[:-1]), options[-1])))

    def parse(value: object) -> str:
        word = text(value)
        if word in options:
            return word
        for refused, reason in (reasons or {}).items():
            if word.lower() == refused:
                raise Refusal(f"is refused: {reason}", f"write {listed}")
        near = closest(word, options)
        raise Refusal(f"is not {listed}", f"did you mean {near}?" if near else f"write {listed}")

    return Rule(parse, " or ".join(f"`{option}`" for option in options), listed, {"enum": list(options)})


def closest(word: str, options: tuple[str, ...] | list[str]) -> str | None:
    """The option that a misspelled word most likely means; None when none is near."""

    def reduced(name: str) -> str:
        return name.replace("_", "").replace("-", "").lower()

    by_reduced = {reduced(option): option for option in options}
    matches = get_close_matches(reduced(word[:64]), list(by_reduced), n=1, cutoff=0.7)
    return by_reduced[matches[0]] if matches else None
