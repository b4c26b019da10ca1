"""What resources cost, so that a preview can say what a change costs."""

import math
import re
from typing import Annotated

from pydantic import Field

from settings.base import Model, Rule, text, whole
from settings.errors import Refusal
from settings.labels import LabelKey
from settings.names import ObjectName, PoolName

HOURS_A_MONTH = 730
"""Hours of an average month: 365 days of 24 hours, divided by 12."""
_HIGHEST = 1_000_000


def amount_of_money(value: object) -> float:
    """Accepts a price: a number from 0.

    Raises:
        Refusal: When it is something else.
    """
    if isinstance(value, str):
        raise Refusal("is a text, not a number", "write the number alone, without quotes and currency")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refusal("is not a number", "write a number such as 0.035")
    if value < 0:
        raise Refusal("is negative", "write 0 or more")
    if value > _HIGHEST:
        raise Refusal("is too large", "write the price of one unit, not of all")
    return float(value)


def currency_code(value: object) -> str:
    """Accepts a currency's code as ISO 4217 writes it.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    if not re.fullmatch(r"[A-Z]{3}", given):
        fix = f"write {given.upper()}" if re.fullmatch(r"[A-Za-z]{3}", given) else "write three capital letters"
        raise Refusal("is not a currency's code", fix)
    return given


Price = Annotated[
    float,
    Rule(amount_of_money, "price", "a number from 0 to 1000000", {"type": "number", "minimum": 0, "maximum": _HIGHEST}),
]


class Prices(Model):
    """What resources cost, for the estimate that a preview shows. Without it, a preview shows no money."""

    currency: Annotated[
        str,
        Rule(currency_code, "currency", "a code of ISO 4217 such as EUR", {"type": "string", "pattern": "^[A-Z]{3}$"}),
    ] = Field(description="Currency of all prices.")
    cpu_hour: Price | None = Field(
        default=None, description="One CPU for an hour; needed unless every pool has a price in `nodeHour`."
    )
    memory_gib_hour: Price | None = Field(
        default=None, description="One GiB of memory for an hour; needed unless every pool has a price in `nodeHour`."
    )
    gpu_hour: dict[LabelKey, Price] = Field(
        default_factory=dict,
        description="One device for an hour, by the accelerator's `product`, or by its `resource` where several "
        "products cost the same.",
    )
    storage_gib_month: Price = Field(description="One GiB of a volume for a month.")
    storage_classes: dict[ObjectName, Price] = Field(
        default_factory=dict, description="One GiB for a month of a StorageClass that has a price of its own."
    )
    node_hour: dict[PoolName, Price] = Field(
        default_factory=dict,
        description="One node for an hour, by the pool's name. Its workspaces then cost nothing but their storage.",
    )
    awake_hours: Annotated[int, whole(1, HOURS_A_MONTH, "hours")] = Field(
        default=HOURS_A_MONTH,
        description="Hours of a month that a workspace is awake. The default never sleeps: what it costs at most.",
    )

    def gpu(self, product: str | None, resource: str) -> float | None:
        """The price of one device for an hour; None if the list has none for it."""
        by_product = self.gpu_hour.get(product) if product else None
        return self.gpu_hour.get(resource) if by_product is None else by_product

    def storage(self, storage_class: str | None) -> float:
        """The price of one GiB for a month."""
        return self.storage_classes.get(storage_class or "", self.storage_gib_month)
