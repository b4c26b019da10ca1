"""Fits a document into the size that a platform allows for a comment."""

from collections.abc import Callable
from dataclasses import replace

from tools.preview.blocks import Document, Section

GITHUB, GITLAB = 65_536, 1_000_000
"""Characters of a comment that GitHub and GitLab take."""
SIGNATURE = 500
"""Characters that are left free: commit and job are added when the comment is posted."""
LEAST = 6_000
"""No limit is lower: what must be in every comment needs it."""

KEPT = 3
"""Parts of each section that stay until all sections are as short as that."""

Write = Callable[[Document], str]


def size(text: str) -> int:
    """Length as the platforms count it at worst: characters outside of the basic plane count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(document: Document, limit: int, write: Write) -> str:
    """Write a document within a limit: the least important section is shortened first, from its end.

    Args:
        document: What to say.
        limit: In characters, `LEAST` or more.
        write: Makes the text.
    """
    by_importance = sorted(range(len(document.sections)), key=lambda index: document.sections[index].importance)
    # A long section that matters must not leave nothing at all of the others.
    for least in (KEPT, 0):
        for index in by_importance:
            if size(write(document)) <= limit:
                return write(document)
            document = _shortened(document, index, limit, write, least)
    return write(document)


def _shortened(document: Document, index: int, limit: int, write: Write, least: int) -> Document:
    """As many parts of a section as fit; the least number of them if not even they do."""
    section = document.sections[index]
    low, high = min(least, len(section.body)), len(section.body)
    while low < high:
        middle = (low + high + 1) // 2
        if size(write(_with(document, index, section.first(middle)))) <= limit:
            low = middle
        else:
            high = middle - 1
    return _with(document, index, section.first(low))


def _with(document: Document, index: int, section: Section) -> Document:
    return replace(document, sections=(*document.sections[:index], section, *document.sections[index + 1 :]))
