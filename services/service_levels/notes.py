"""Notes about incidents, written by hand: one Markdown file each, with what a program must know at its head.

---
title: Images could not be pulled
start: 2026-10-14T09:10:00+02:00
end: 2026-10-14T10:05:00+02:00
impact: minor
---
The registry's disk was full. **Running workspaces were not touched.**
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import mistune
import yaml

from services.service_levels.errors import ServiceLevelsError

IMPACTS = ("none", "minor", "major", "critical")
_KEYS = {"title", "start", "end", "impact"}
_FENCE = "---"


class NoteError(ServiceLevelsError):
    """A note cannot be read; the message says which, and what it lacks."""


@dataclass(frozen=True)
class Note:
    """A note.

    Attributes:
        id: Name of its file without the ending.
        title: One line.
        start: When the incident began.
        end: When it was over, or None.
        impact: One of `IMPACTS`.
        html: Its text; markup that it brings itself is shown, not obeyed.
    """

    id: str
    title: str
    start: datetime
    end: datetime | None
    impact: str
    html: str


class _Renderer(mistune.HTMLRenderer):
    """Shows markup of the note's own, leaves out pictures (they come from elsewhere), and links to web pages only."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link, or its text alone."""
        return super().link(text, url, title) if url.startswith(("https://", "http://", "mailto:")) else text

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002 - the renderer's own form
        """The words for a picture."""
        return text

    def heading(self, text: str, level: int, **attrs: Any) -> str:  # noqa: ARG002
        """A heading, as a line in bold: the page's own headings keep their order."""
        return f"<p><strong>{text}</strong></p>\n"


def read_notes(folder: Path | None) -> list[Note]:
    """Read the notes of a folder, the newest first.

    Raises:
        NoteError: The folder is not there, or notes in it cannot be read; all of them are named.
    """
    if folder is None:
        return []
    if not folder.is_dir():
        raise NoteError(f"{folder} is not a folder")
    notes, problems = [], []
    for path in sorted(folder.glob("*.md")):
        if path.name.lower() == "readme.md":
            continue
        try:
            notes.append(parse(path.stem, path.read_text(encoding="utf-8")))
        except (ValueError, yaml.YAMLError) as problem:
            problems.append(f"{path}: {' '.join(str(problem).split())}")
    if problems:
        raise NoteError("\n  ".join([f"{len(problems)} note(s) cannot be read:", *problems]))
    return sorted(notes, key=lambda note: note.start, reverse=True)


def parse(name: str, text: str) -> Note:
    """Parse one note.

    Raises:
        ValueError: It is not one; the message says why.
    """
    lines = text.splitlines()
    closing = [number for number, line in enumerate(lines) if number and line.rstrip() == _FENCE]
    if not lines or lines[0].rstrip() != _FENCE or not closing:
        raise ValueError("begin it with a line ---, then title, start, end and impact, then a line ---")
    head = yaml.safe_load("\n".join(lines[1 : closing[0]]))
    if not isinstance(head, Mapping):
        raise ValueError("its head has no title and start")
    unknown = sorted(str(key) for key in set(head) - _KEYS)
    if unknown:
        raise ValueError(f"its head has the unknown key {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
    title, impact = head.get("title"), str(head.get("impact", "minor")).lower()
    if not isinstance(title, str) or not title.strip() or "\n" in title:
        raise ValueError("its head has no title of one line")
    if impact not in IMPACTS:
        raise ValueError(f"impact `{impact}` is none of {', '.join(IMPACTS)}")
    start = _instant(head, "start")
    end = _instant(head, "end") if head.get("end") is not None else None
    if end and end < start:
        raise ValueError("it ends before it starts")
    body = mistune.create_markdown(renderer=_Renderer(escape=True))("\n".join(lines[closing[0] + 1 :]))
    return Note(name, title.strip(), start, end, impact, str(body))


def _instant(head: Mapping[str, Any], key: str) -> datetime:
    given = head.get(key)
    try:
        found = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        raise ValueError(f"{key} is not a date and time such as 2026-10-14T09:10:00+02:00") from None
    if found.tzinfo is None:
        raise ValueError(f"{key} has no offset from UTC; append one such as +02:00, or Z")
    return found
