"""HTML from templates: one file, without anything from elsewhere, and a policy that lets nothing else in."""

import base64
import hashlib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from services.service_levels import wording
from services.service_levels.incidents import Incident

TEMPLATES = Path(__file__).with_name("templates")

_OUTCOMES = {
    "recovered": ("healed itself", "healed themselves"),
    "assisted": ("was over after somebody changed the workspace", "were over after somebody changed the workspace"),
    "escalated": ("needed a person", "needed a person"),
    "abandoned": ("ended as the workspace was switched off", "ended as the workspaces were switched off"),
    "maintenance": ("went over into maintenance", "went over into maintenance"),
    "unobserved": ("ended unobserved", "ended unobserved"),
    "ongoing": ("goes on", "go on"),
}


@cache
def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """How a content security policy names a style or script that is in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def outcome(incident: Incident) -> str:
    """How the outages of an incident ended, in one sentence."""
    parts = [
        f"{count} {_OUTCOMES[name][count != 1]}" if len(incident.outcomes) > 1 or count > 1 else _alone(name)
        for name, count in sorted(incident.outcomes.items(), key=lambda item: list(_OUTCOMES).index(item[0]))
    ]
    return ", ".join(parts) + "."


def _alone(name: str) -> str:
    return f"It {_OUTCOMES[name][0]}"


def render(template: str, zone: ZoneInfo, *, script: str | None = None, **values: Any) -> str:
    """Fill a template.

    Args:
        template: Its name in the folder `templates`.
        zone: Time zone of all times.
        script: Name of a script that goes into the page.
        **values: What the template uses.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def local_date(value: date) -> str:
        return f"{value.day} {value:%b}"

    def month_name(value: datetime) -> str:
        return f"{value.astimezone(zone):%B %Y}"

    environment.filters.update(
        moment=lambda value: wording.moment(value, zone),
        clock=lambda value: wording.clock(value, zone),
        date=local_date,
        month_name=month_name,
        percent=wording.percent,
        number=wording.number,
        duration=wording.duration,
        plural=wording.plural,
        value=wording.value,
        target=wording.target,
        budget=wording.budget,
        verdict=wording.verdict,
        outcome=outcome,
        capitalize_first=lambda text: text[:1].upper() + text[1:],
        **values.pop("filters", {}),
    )
    style = _text("style.css")
    code = _text(script) if script else None
    return environment.get_template(template).render(
        style=Markup(style),  # noqa: S704 - our own files
        style_hash=_source(style),
        script=Markup(code) if code else None,  # noqa: S704
        script_hash=_source(code) if code else None,
        **values,
    )
