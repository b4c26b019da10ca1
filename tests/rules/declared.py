"""Settings that the time lines are tried with: the defaults, and ones that differ in every number."""

from typing import Any

from settings import load
from settings.service_level_arguments import service_levels
from tests.settings.examples import changed, put

MAINTENANCE = [
    {"name": "Storage upgrade", "start": "1970-01-01T00:10:00+00:00", "end": "1970-01-01T01:25:00+01:00"},
    {"name": "Network", "start": "1970-01-01T00:35:00Z", "end": "1970-01-01T00:40:00Z"},
    {"name": "Next day", "start": "1970-01-02T00:10:00Z", "end": "1970-01-02T00:20:00Z"},
]
"""Near the second zero, where promtool's time lines begin."""


def declared(**given: Any) -> Any:
    """Arguments of `ServiceLevels` for settings that differ from the defaults in these keys of `serviceLevels`."""
    return service_levels(load(changed(*(put(f"serviceLevels.{key}", value) for key, value in given.items()))))


def default() -> Any:
    """The default numbers."""
    return declared()


def announced() -> Any:
    """The default numbers, and maintenance."""
    return declared(maintenance=MAINTENANCE)


def other() -> Any:
    """Other numbers everywhere."""
    burns = {
        "availability": {
            "page": [{"factor": 10, "long": "2h", "short": "10m"}],
            "ticket": [{"factor": 2, "long": "2d", "short": "3h"}],
        },
        "startSuccess": {
            "page": [{"factor": 12, "long": "2h", "short": "1h", "events": 4}],
            "ticket": [{"factor": 1.5, "long": "2d", "short": "12h", "events": 3}],
        },
    }
    return declared(
        availability=99.5,
        startSuccess=99.0,
        selfHealing=80,
        selfHealingMinutes=6,
        startDeadlineSeconds=120,
        coldStartSeconds=20,
        cancelledStartSeconds=30,
        prometheus={"scrapeInterval": "15s"},
        canary={"everyMinutes": 20},
        burnAlerts=burns,
    )


VARIANTS = {"default": default, "other": other, "maintenance": announced}
