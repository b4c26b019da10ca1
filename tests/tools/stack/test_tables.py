import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stack.tables import table


def test_columns_are_as_wide_as_their_longest_cell():
    text = table("Things", ["name", "n"], [["a", 1], ["longer", 22]])

    assert text.splitlines() == ["Things", "  NAME    N", "  a       1", "  longer  22"]


def test_an_empty_table_says_so():
    assert table("Things", ["name"], [], empty="no thing yet") == "Things\n  no thing yet"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells, the table 1"):
        table("Things", ["name"], [["a", "b"]])


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_every_row_is_one_line_and_no_line_ends_in_blanks(rows):
    lines = table("Things", ["one", "two"], rows).split("\n")

    assert len(lines) == 2 + len(rows)
    assert all(line == line.rstrip() for line in lines)
