"""The Atom feed (RFC 4287) of incidents and maintenance."""

import hashlib
from datetime import datetime
from xml.etree import ElementTree

from services.service_levels import wording
from services.service_levels.pages import outcome
from services.service_levels.status_page.page import Page

NAMESPACE = "http://www.w3.org/2005/Atom"
ENTRIES = 50
Entry = tuple[str, datetime, str, str, str]


def feed(page: Page) -> str:
    """The feed, the newest entry first; it changes only when an incident or a window does."""
    entries = sorted(_entries(page), key=lambda one: one[1], reverse=True)[:ENTRIES]
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}feed")
    _add(root, "id", _identifier(page, "feed"))
    _add(root, "title", page.contract.title)
    _add(root, "updated", max((one[1] for one in entries), default=page.written).isoformat())
    _add(_add(root, "author"), "name", page.contract.title)
    for identifier, updated, title, kind, text in entries:
        entry = _add(root, "entry")
        _add(entry, "id", _identifier(page, identifier))
        _add(entry, "title", title)
        _add(entry, "updated", updated.isoformat())
        _add(entry, "content", text).set("type", kind)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _entries(page: Page) -> list[Entry]:
    zone = page.contract.zone
    found: list[Entry] = [(f"note-{one.id}", one.end or one.start, one.title, "html", one.html) for one in page.notes]
    for one in page.incidents:
        count = wording.plural(len(one.workspaces), "workspace", "workspaces")
        title = f"{count} {'was' if len(one.workspaces) == 1 else 'were'} down" if one.end else f"{count} down"
        until = f" to {wording.moment(one.end, zone)}" if one.end else ", goes on"
        text = f"{wording.moment(one.start, zone)}{until}. {outcome(one)}"
        found.append((f"incident-{one.id}", one.end or one.start, title, "text", text))
    for window in [*page.coming, *page.past]:
        text = f"{wording.moment(window.start, zone)} to {wording.moment(window.end, zone)}"
        found.append(
            (
                f"maintenance-{window.start:%Y%m%dT%H%M%S}",
                window.announced or window.start,
                f"Maintenance: {window.name}",
                "text",
                text,
            )
        )
    return found


def _identifier(page: Page, name: str) -> str:
    digest = hashlib.sha256(f"{page.contract.title}/{name}".encode()).hexdigest()
    return f"urn:sha256:{digest}"


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child
