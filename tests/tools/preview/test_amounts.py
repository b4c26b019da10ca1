"""What a change costs is told as far as it is known."""

import pytest

from tools.preview.analysis import Analysis
from tools.preview.blocks import Table, plain
from tools.preview.outcome import CostChange, CostLine
from tools.preview.parts import amounts


def rows(*lines: CostLine) -> dict[str, tuple[str, ...]]:
    before, after = sum(line.before for line in lines), sum(line.after for line in lines)
    section = amounts.section(Analysis(cost=CostChange("EUR", before, after, lines)))
    assert section
    assert isinstance(section.body, Table)
    return {plain(name): tuple(map(plain, cells)) for name, *cells in section.body.rows}


def test_money_is_told_line_by_line_and_together():
    found = rows(CostLine("platform", 10, 10), CostLine("project a", 5, 7.5))

    assert found == {
        "cost: platform": ("10.00", "10.00", "none"),
        "cost: project a": ("5.00", "7.50", "+2.50"),
        amounts.PER_MONTH: ("15.00 EUR", "17.50 EUR", "+2.50 EUR"),
    }


@pytest.mark.parametrize(
    ("lacks", "told"),
    [
        ((True, False), ("at least 5.00", "2.00", "\N{MINUS SIGN}3.00 or less")),
        ((False, True), ("5.00", "at least 2.00", "\N{MINUS SIGN}3.00 or more")),
        ((True, True), ("at least 5.00", "at least 2.00", "unknown")),
    ],
)
def test_what_lacks_a_price_is_no_certain_change(lacks, told):
    found = rows(CostLine("project a", 5, 2, *lacks), CostLine("platform", 1, 1))

    assert found["cost: project a"] == told
    assert found["cost: platform"] == ("1.00", "1.00", "none")
    assert [word in found[amounts.PER_MONTH][2] for word in ("less", "more", "unknown")] == [
        word in told[2] for word in ("less", "more", "unknown")
    ]


def test_what_has_no_price_at_all_is_unknown():
    found = rows(CostLine("nodes of pool gpu", 0, 0, lacks_before=True), CostLine("project a", 5, 6))

    assert found["cost: nodes of pool gpu"] == ("unknown", "0.00", "unknown")
    assert found[amounts.PER_MONTH] == ("at least 5.00 EUR", "6.00 EUR", "+1.00 EUR or less")


def test_the_sum_stays_when_the_table_is_shortened():
    lines = tuple(CostLine(f"project {index}", index, index + 1) for index in range(9))
    section = amounts.section(Analysis(cost=CostChange("EUR", 36, 45, lines)))

    assert section
    shortened = section.first(3)

    assert isinstance(shortened.body, Table)
    assert [plain(row[0]) for row in shortened.body.rows] == ["cost: project 0", "cost: project 1", amounts.PER_MONTH]
    assert shortened.remark.startswith("7 rows left out")
