"""`summary.json`, with the names of Statuspage's own, and the four promises besides."""

from typing import Any

from services.service_levels import wording
from services.service_levels.incidents import Incident
from services.service_levels.indicators import Indicator
from services.service_levels.notes import Note
from services.service_levels.pages import outcome
from services.service_levels.status_page.now import (
    DEGRADED,
    DOWN,
    IN_MAINTENANCE,
    PARTLY_DOWN,
    WORKS,
)
from services.service_levels.status_page.page import Component, Page

INDICATORS = {
    WORKS: "none",
    DEGRADED: "minor",
    PARTLY_DOWN: "major",
    DOWN: "critical",
    IN_MAINTENANCE: "maintenance",
}
"""Statuspage's word for the whole; what nobody sees is `unknown`."""


def summary(page: Page) -> dict[str, Any]:
    """The page as plain data."""
    zone = page.contract.zone
    local = page.written.astimezone(zone)
    return {
        "page": {
            "name": page.contract.title,
            "time_zone": zone.key,
            "updated_at": page.written.isoformat(),
            "stale_after_seconds": int(page.stale_after.total_seconds()),
        },
        "status": {"indicator": INDICATORS.get(page.state, "unknown"), "description": page.headline},
        "components": [_component(one, page) for one in page.components],
        "objectives": [objective(one) for one in page.indicators],
        "month": {"name": f"{local:%Y-%m}", "coverage": page.month.coverage, "complete": False},
        "incidents": [
            *(_note(one, page) for one in page.notes),
            *(_incident(one, page) for one in page.incidents),
        ],
        "scheduled_maintenances": [
            {
                "name": one.name,
                "status": "in_progress"
                if one.start <= page.written < one.end
                else "scheduled"
                if one.start > page.written
                else "completed",
                "scheduled_for": one.start.isoformat(),
                "scheduled_until": one.end.isoformat(),
                "announced_at": one.announced.isoformat() if one.announced else None,
            }
            for one in [*page.coming, *page.past]
        ],
    }


def objective(one: Indicator) -> dict[str, Any]:
    """One promise as plain data."""
    budget = one.budget
    return {
        "id": one.id,
        "name": one.name,
        "unit": one.unit,
        "target": one.target,
        "value": one.value,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "counted": one.counted,
        "low": one.low,
        "high": one.high,
        "coverage": one.coverage,
        "verdict": one.verdict,
        "reason": one.reason or None,
        "budget": {"used": budget.used, "allowed": budget.allowed, "unit": budget.unit} if budget else None,
        "text": f"{wording.value(one)}, promised {wording.target(one)}; {wording.budget(one)}; {wording.verdict(one)}",
    }


def _component(one: Component, page: Page) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "description": one.purpose,
        "status": one.now.state,
        "text": one.now.text,
        "updated_at": page.written.isoformat(),
        "observed_percent": one.share,
        "days": [{"date": bar.date.isoformat(), "state": bar.state, "text": bar.text} for bar in one.bars],
    }


def _incident(one: Incident, page: Page) -> dict[str, Any]:
    count = len(one.workspaces)
    return {
        "id": one.id,
        "name": f"{wording.plural(count, 'workspace', 'workspaces')} down",
        "status": "resolved" if one.end else "investigating",
        "impact": one.impact,
        "started_at": one.start.isoformat(),
        "resolved_at": one.end.isoformat() if one.end else None,
        "updated_at": (one.end or page.written).isoformat(),
        "text": outcome(one),
        "outcomes": dict(one.outcomes),
        "workspaces": list(one.workspaces),
    }


def _note(one: Note, page: Page) -> dict[str, Any]:
    over = one.end is not None and one.end <= page.written
    return {
        "id": one.id,
        "name": one.title,
        "status": "resolved" if over else "investigating",
        "impact": one.impact,
        "started_at": one.start.isoformat(),
        "resolved_at": one.end.isoformat() if one.end else None,
        "updated_at": (one.end or page.written).isoformat(),
        "html": one.html,
    }
