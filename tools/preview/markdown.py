"""Writes a document as Markdown for GitHub and GitLab, from texts that nobody has to trust.

A name, a value or a message comes from a file of the pull request. It must not be able to end a table or a code block,
to bring in HTML, links or pictures, to call people or close issues by a reference, or to give GitLab a command.
"""

import html
import re
import unicodedata
from functools import lru_cache

from tools.preview.blocks import Body, Code, Document, Inline, Items, Line, Listing, Section, Strong, Table

JOINER = "\N{WORD JOINER}"
"""Has no width; parts a sign from what would make it a mention, a reference or a link."""
EMPTY = "(empty)"
"""Stands for a value with nothing in it that could be seen."""
FENCE = "```"
CACHED = 50_000
"""Texts that are kept written: a comment is written several times until it fits its limit."""
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]#|~^])|\A([-+=](?!\d)|\d+(?=[.)](?:\s|\Z)))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}
_REFERENCE = re.compile(r"([@#!~%&$])(?=[\w\"'])")
_NUMBERED = re.compile(r"\b(GH)(-)(?=\d)", re.IGNORECASE)
_LINK = re.compile(r"(:)(?=//)|\b(www)(?=\.)|(:)(?=[\w+-]+:)", re.IGNORECASE)
_COMMIT = re.compile(r"\b([0-9a-f]{6})(?=[0-9a-f]+\b)", re.IGNORECASE)
HIDDEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
"""Categories of characters that cannot be seen, and may turn round what can."""


def write(document: Document, marker: str) -> str:
    """The whole comment.

    Args:
        document: What to say.
        marker: A hidden first line, by which the comment is found again.
    """
    parts = [marker, f"### {prose(document.title)}", *(prose(line) for line in document.opening)]
    parts += [section(one) for one in document.sections]
    if document.closing:
        parts.append(f"<sub>{prose(document.closing)}</sub>")
    return "\n\n".join(parts) + "\n"


def section(one: Section) -> str:
    """A section with its title."""
    parts = [prose(one.introduction)] if one.introduction else []
    parts += [_body(one.body)] if len(one.body) else []
    parts += [f"*{escaped(one.remark)}*"] if one.remark else []
    content = "\n\n".join(parts)
    if one.folded:
        return f"<details>\n<summary>{html.escape(visible(one.title))}</summary>\n\n{content}\n\n</details>"
    return f"#### {escaped(one.title)}\n\n{content}"


def prose(line: Line) -> str:
    """A line outside of tables."""
    return "".join(_inline(part, table=False) for part in line)


def cell(line: Line) -> str:
    """The content of a table's cell."""
    return "".join(_inline(part, table=True) for part in line)


@lru_cache(CACHED)
def escaped(text: str) -> str:
    """Words in which nothing has a meaning for Markdown, GitHub or GitLab."""
    text = _NUMBERED.sub(rf"\1{JOINER}\2", _REFERENCE.sub(rf"\1{JOINER}", visible(text)))
    text = _LINK.sub(lambda match: match[0] + JOINER, text)
    text = _COMMIT.sub(rf"\1{JOINER}", text)
    text = _PUNCTUATION.sub(lambda match: rf"\{match[1]}" if match[1] else f"{JOINER}{match[2]}", text)
    return "".join(_ENTITIES.get(char, char) for char in text)


@lru_cache(CACHED)
def code(text: str, *, table: bool = False) -> str:
    """A code span; what is in it is shown as it is, on one line."""
    text = visible(text)
    if not text:
        return EMPTY
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in (text[0], text[-1]) or (text[0] == text[-1] == " ") else ""
    if table:
        # A backslash before the sign is taken away again when the row is parted into cells, also within code.
        text = text.replace("|", r"\|")
    return f"{fence}{pad}{text}{pad}{fence}"


@lru_cache(CACHED)
def block(text: str, language: str = "") -> str:
    """A code block; line breaks stay, other signs that cannot be seen are spelled out."""
    lines = [visible(line, spaces=True) for line in text.splitlines()]
    fence = "`" * max(len(FENCE), 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    if len(fence) > len(FENCE):
        # Where GitLab looks for commands, a line of three ends the block, whatever it began with.
        lines = [f" {line}" if line.startswith("/") else line for line in lines]
    return "\n".join([f"{fence}{language}", *lines, fence])


def visible(text: str, *, spaces: bool = False) -> str:
    """A text on one line, with what cannot be seen spelled out.

    Args:
        text: Any text.
        spaces: Leave spaces as they are; otherwise several become one, and those at the ends go.
    """
    if not spaces:
        text = " ".join(text.split())
    if text.isprintable():
        return text
    return "".join(
        char if char == " " or unicodedata.category(char) not in HIDDEN else f"U+{ord(char):04X}" for char in text
    )


def _inline(part: Inline, *, table: bool) -> str:
    if isinstance(part, Code):
        return code(part.text, table=table)
    if isinstance(part, Strong):
        return f"**{escaped(part.text)}**"
    # Spaces at the ends part it from its neighbours.
    before, after = part[:1] == " ", len(part) > 1 and part[-1] == " "
    return f"{' ' * before}{escaped(part)}{' ' * after}"


def _body(body: Body) -> str:
    if isinstance(body, Table):
        return _table(body)
    if isinstance(body, Items):
        return "\n".join(f"- {prose(line)}" for line in body.lines)
    return "\n\n".join(_listing(part) for part in body.parts)


def _table(table: Table) -> str:
    rows = [" | ".join(escaped(name) for name in table.headers), "|".join("---" for _ in table.headers)]
    rows += [" | ".join(cell(line) for line in row) for row in table.rows]
    return "\n".join(f"| {row} |" for row in rows)


def _listing(part: Listing) -> str:
    heading = f"{prose(part.heading)}\n\n" if part.heading else ""
    return heading + block(part.text, part.language)
