"""What every page must hold for those who use no mouse or no eyes, and for those behind a strict firewall."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"meta", "link", "br", "rect", "circle", "path"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.hidden_svg = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def problems(html: str) -> list[str]:
    """What is wrong with a page, in words; nothing, if it is accessible and needs nothing from elsewhere."""
    reader = _Reader()
    reader.feed(html)
    return [*_structure(reader), *_names(reader), *_elsewhere(html, reader)]


def _structure(reader: _Reader) -> list[str]:
    found = [] if not reader.open else [f"not closed: {reader.open}"]
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-6]", tag)]
    if levels.count(1) != 1:
        found.append("there is not exactly one h1")
    found += [f"h{one} is followed by h{two}" for one, two in pairwise(levels) if two > one + 1]
    attributes = dict(reader.tags[0][1]) if reader.tags else {}
    if attributes.get("lang") != "en":
        found.append("the language is not said")
    present = {tag for tag, _ in reader.tags}
    found += [f"there is no {tag}" for tag in ("title", "header", "main", "footer") if tag not in present]
    if not any(tag == "meta" and values.get("name") == "viewport" for tag, values in reader.tags):
        found.append("a phone would show it tiny")
    return found


def _names(reader: _Reader) -> list[str]:
    found = []
    ids = Counter(values["id"] for _, values in reader.tags if "id" in values)
    found += [f"id {name} is there {count} times" for name, count in ids.items() if count > 1]
    for tag, values in reader.tags:
        if "aria-labelledby" in values and values["aria-labelledby"] not in ids:
            found.append(f"{tag} is named by {values['aria-labelledby']}, which is not there")
        if tag == "a" and (values.get("href") or "").startswith("#") and (values["href"] or "")[1:] not in ids:
            found.append(f"a link leads to {values['href']}, which is not there")
        if tag == "svg" and values.get("aria-hidden") != "true" and not values.get("aria-label"):
            found.append("a drawing has no words")
        if tag == "th" and "scope" not in values:
            found.append("a head of a table does not say of what")
        if values.get("tabindex") not in (None, "0"):
            found.append("the order of the keyboard is not that of the page")
        if values.get("tabindex") == "0" and not (values.get("role") and values.get("aria-label")):
            found.append("the keyboard reaches something without a name")
    return found


def _elsewhere(html: str, reader: _Reader) -> list[str]:
    found = []
    for tag, values in reader.tags:
        found += [f"<{tag}> loads {values[name]}" for name in ("src", "srcset", "data", "poster") if name in values]
        found += [f"<{tag}> has the style {values['style']}" for _ in [0] if "style" in values]
        if re.match(r"(?i)(https?:)?//", values.get("href") or ""):
            found.append(f"<{tag}> leads to {values['href']}")
        found += [f"<{tag}> has the handler {name}" for name in values if name.startswith("on")]
    if re.search(r"@import|url\(", html):
        found.append("the style loads something")
    policy = next(
        (v.get("content") or "" for t, v in reader.tags if v.get("http-equiv") == "Content-Security-Policy"), ""
    )
    if "default-src 'none'" not in policy:
        found.append("no policy keeps it from loading something")
    for kind in ("style", "script"):
        for text in reader.texts.get(kind, []):
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            if f"{kind}-src 'sha256-{digest}'" not in policy:
                found.append(f"the policy forbids the page's own {kind}")
    return found
