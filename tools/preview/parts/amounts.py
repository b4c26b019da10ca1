"""What the change asks for and costs: CPU, memory, GPUs, storage, money."""

from tools.preview.analysis import Analysis, CostChange, ResourceRow
from tools.preview.blocks import Line, Section, Strong, Table

LESS = "\N{MINUS SIGN}"
PER_MONTH = "estimated cost of a month"


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
    introduction: Line = (" ".join(dict.fromkeys(notes)),) if notes else ()
    table = Table(("what", "before", "after", "change"), tuple(rows))
    return Section("Resources and cost" if cost else "Resources", table, importance=60, introduction=introduction)


def number(value: float) -> str:
    """With two digits after the point at most: `12`, `0.5`, `1,204.25`."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def difference(before: float, after: float, unit: str = "") -> Line:
    """The change with its sign; empty if there is none."""
    if before == after:
        return ("none",)
    return (f"{'+' if after > before else LESS}{number(abs(after - before))}{unit}",)


def _resource(row: ResourceRow) -> tuple[Line, ...]:
    unit = f" {row.unit}" if row.unit and row.unit not in row.name else ""
    return (row.name,), (number(row.before) + unit,), (number(row.after) + unit,), difference(row.before, row.after)


def _cost(cost: CostChange) -> list[tuple[Line, ...]]:
    rows = [
        ((f"cost: {line.name}",), (number(line.before),), (number(line.after),), difference(line.before, line.after))
        for line in cost.lines
        if line.before or line.after
    ]
    before, after = (f"{number(amount)} {cost.currency}" for amount in (cost.before, cost.after))
    sum_up = difference(cost.before, cost.after, f" {cost.currency}")
    return [*rows, ((Strong(PER_MONTH),), (before,), (after,), (Strong(str(sum_up[0])),))]
