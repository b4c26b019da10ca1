"""Writes a document for a terminal: the same content as the comment, without the marks of Markdown."""

import textwrap

from tools.preview.blocks import Body, Document, Items, Line, Listing, Section, Table
from tools.preview.markdown import EMPTY, visible

WIDTH = 110
NARROW = 46
"""A column whose cells are longer goes below its row."""


def write(document: Document) -> str:
    """The whole text; what is folded in a comment is left out, apart from its title."""
    parts = [_line(document.title), *(_wrapped(_line(line)) for line in document.opening)]
    parts += [_section(section) for section in document.sections]
    return "\n\n".join(parts)


def _section(section: Section) -> str:
    if section.folded and not isinstance(section.body, Table):
        return section.title  # such as the differences, which Pulumi has shown itself
    parts = [section.title]
    parts += [_wrapped(_line(section.introduction), "  ")] if section.introduction else []
    return "\n".join([*parts, *_body(section.body)])


def _body(body: Body) -> list[str]:
    if isinstance(body, Table):
        return _table(body)
    if isinstance(body, Items):
        return [_wrapped(f"- {_line(line)}", "  ") for line in body.lines]
    return [line for part in body.parts for line in _listing(part)]


def _listing(part: Listing) -> list[str]:
    heading = [f"  {_line(part.heading)}"] if part.heading else []
    return heading + [f"    {visible(line, spaces=True)}" for line in part.text.splitlines()]


def _table(table: Table) -> list[str]:
    """Short columns side by side; long ones below their row, each with its heading."""
    cells = [[_line(cell) for cell in row] for row in table.rows]
    widths = [max([len(name), *(len(row[index]) for row in cells)]) for index, name in enumerate(table.headers)]
    short = [index for index, width in enumerate(widths) if width <= NARROW]
    lines = [_row([table.headers[index].upper() for index in short], [widths[index] for index in short])]
    for row in cells:
        lines.append(_row([row[index] for index in short], [widths[index] for index in short]))
        lines += [
            _wrapped(f"{table.headers[index]}: {row[index]}", "      ")
            for index in range(len(widths))
            if index not in short and row[index]
        ]
    return lines


def _row(row: list[str], widths: list[int]) -> str:
    return ("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()


def _line(line: Line) -> str:
    return visible("".join(part if isinstance(part, str) else visible(part.text) or EMPTY for part in line))


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
