"""Plain tables: aligned columns, no frames, so that they read well in a terminal and in a log."""

from collections.abc import Sequence


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str = "none") -> str:
    """Render a titled table.

    Args:
        title: The line above the table.
        columns: The column headings.
        rows: One sequence per row, as long as `columns`.
        empty: What to print when there is no row.

    Raises:
        ValueError: A row is longer or shorter than the headings.
    """
    if not rows:
        return f"{title}\n  {empty}"
    cells = [[" ".join(str(value).split()) for value in row] for row in rows]
    for row in cells:
        if len(row) != len(columns):
            raise ValueError(f"{title}: a row has {len(row)} cells, the table {len(columns)} columns")
    widths = [max(len(row[index]) for row in [list(columns), *cells]) for index in range(len(columns))]
    lines = [title, _line([heading.upper() for heading in columns], widths)]
    lines += [_line(row, widths) for row in cells]
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return ("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
