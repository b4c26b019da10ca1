"""All time lines."""

from components.service_levels.promise import Promise
from tests.rules.cases import (
    alerts,
    blindness,
    burns,
    flicker,
    maintenance,
    nobody,
    outages,
    own_jobs,
    restarts,
    sleep,
    starts,
    states,
    windows,
)
from tests.rules.timeline import Case

PARTS = (states, starts, outages, sleep, blindness, flicker, nobody, restarts, windows, burns, alerts, own_jobs)


def cases(promise: Promise) -> list[Case]:
    """Every case for the numbers of a promise: those of maintenance, if any is announced, else all others."""
    return [case for part in ((maintenance,) if promise.maintenance else PARTS) for case in part.cases(promise)]
