"""What the change asks for and costs: CPU, memory, GPUs, storage, money."""

from collections.abc import Callable

from tools.preview.analysis import Analysis, CostChange, CostLine, ResourceRow
from tools.preview.blocks import Line, Section, Strong, Table, plain

LESS = "\N{MINUS SIGN}"
PER_MONTH = "estimated cost of a month"
UNKNOWN = "unknown"


def section(analysis: Analysis) -> Section | None:
    """Resources and money before and after; rows that stay as they are only if another one changes."""
    rows = [_resource(row) for row in analysis.resources.rows] if analysis.resources else []
    changed = any(row.before != row.after for row in (analysis.resources.rows if analysis.resources else ()))
    notes = [row.note for row in (analysis.resources.rows if analysis.resources else ()) if row.note]
    cost = analysis.cost
    if cost:
        rows += _cost(cost)
        changed = changed or cost.before != cost.after
        notes += cost.notes
    if not changed:
        return None
    told = " ".join(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in dict.fromkeys(notes))
    introduction: Line = (told,) if told else ()
    table = Table(("what", "before", "after", "change"), tuple(rows), summed=bool(cost))
    return Section("Resources and cost" if cost else "Resources", table, importance=60, introduction=introduction)


def number(value: float) -> str:
    """With two digits after the point at most: `12`, `0.5`, `1,204.25`."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: float) -> str:
    """With two digits after the point: `1,204.50`."""
    return f"{value:,.2f}"


def difference(before: float, after: float, unit: str = "", written: Callable[[float], str] = number) -> Line:
    """The change with its sign."""
    if before == after:
        return ("none",)
    return (f"{'+' if after > before else LESS}{written(abs(after - before))}{unit}",)


def _resource(row: ResourceRow) -> tuple[Line, ...]:
    unit = "" if row.unit in row.name else row.unit
    change = difference(row.before, row.after, _unit(unit, abs(row.after - row.before)))
    return (row.name,), *((number(value) + _unit(unit, value),) for value in (row.before, row.after)), change


def _unit(unit: str, value: float) -> str:
    """The unit behind a number."""
    word = unit.removesuffix("s") if value == 1 else unit
    return f" {word}" if word else ""


def _cost(cost: CostChange) -> list[tuple[Line, ...]]:
    rows = [_price(f"cost: {line.name}", line) for line in cost.lines]
    name, *amounts = _price(PER_MONTH, cost.total, f" {cost.currency}")
    return [*rows, ((Strong(plain(name)),), *amounts[:2], (Strong(plain(amounts[2])),))]


def _price(name: str, line: CostLine, unit: str = "") -> tuple[Line, ...]:
    before, after = _at_least(line.before, unit, line.lacks_before), _at_least(line.after, unit, line.lacks_after)
    return (name,), (before,), (after,), _more_or_less(line, unit, UNKNOWN in (before, after))


def _at_least(value: float, unit: str, lacks: bool) -> str:
    if not lacks:
        return money(value) + unit
    return f"at least {money(value)}{unit}" if value else UNKNOWN


def _more_or_less(line: CostLine, unit: str, unknown: bool) -> Line:
    """The change, as far as it is known: what has no price was on one side, on the other, or on both."""
    if unknown or (line.lacks_before and line.lacks_after):
        return (UNKNOWN,)
    change = plain(difference(line.before, line.after, unit, money))
    if line.lacks_before or line.lacks_after:
        return (f"{change} or {'less' if line.lacks_before else 'more'}",)
    return (change,)
