"""Service levels that contradict each other, or that nobody could measure."""

from tests.settings.examples import put, together
from tests.settings.mistakes.table import Mistake

_LEVELS = "serviceLevels"
_WINDOW = {"name": "Storage", "start": "2026-12-05T22:00:00+01:00", "end": "2026-12-06T01:00:00+01:00"}
_LATER = {"name": "Network", "start": "2026-12-06T00:30:00+01:00", "end": "2026-12-06T02:00:00+01:00"}
_TICKET = [{"factor": 1, "long": "3d", "short": "6h"}]


def _burn(**pair: object):
    page = [{"factor": 14.4, "long": "1h", "short": "5m", **pair}]
    return put(f"{_LEVELS}.burnAlerts", {"availability": {"page": page, "ticket": _TICKET}})


_BURN = f"{_LEVELS}.burnAlerts.availability.page[0]"

SERVICE_LEVELS = [
    Mistake(
        "retention under the window",
        put(f"{_LEVELS}.prometheus", {"retention": "15d"}),
        f"{_LEVELS}.prometheus.retention",
        '"15d"',
        "from 45d",
        "45d or more",
        "rolling window is 30 days",
    ),
    Mistake(
        "burn factor that never fires",
        _burn(factor=1000),
        f"{_BURN}.factor",
        "1000",
        "below 1000.0",
        "lower it",
        "can never fire",
    ),
    Mistake(
        "short window under two scrapes",
        _burn(short="30s"),
        f"{_BURN}.short",
        "30s",
        "at least 60s",
        "scrapeInterval",
        "fewer than two scrapes",
    ),
    Mistake("short window as long as the long", _burn(short="1h"), f"{_BURN}.short", "1h", "under 1h", "shorten it"),
    Mistake("events for availability", _burn(events=3), f"{_BURN}.events", "3", "startSuccess", "remove it"),
    Mistake(
        "maintenance twice at once",
        put(f"{_LEVELS}.maintenance", [_WINDOW, _LATER]),
        f"{_LEVELS}.maintenance[1] (Network)",
        "a mapping with name",
        "before 2026-12-05",
        "make one window",
        "overlaps entry 0",
    ),
    Mistake(
        "maintenance without an offset",
        put(f"{_LEVELS}.maintenance", [{**_WINDOW, "start": "2026-12-05T22:00:00"}]),
        f"{_LEVELS}.maintenance[0] (Storage).start",
        "2026-12-05",
        "offset from UTC",
        "append one",
    ),
    Mistake(
        "maintenance that ends before it begins",
        put(f"{_LEVELS}.maintenance", [{**_WINDOW, "end": "2026-12-05T20:00:00Z"}]),
        f"{_LEVELS}.maintenance[0] (Storage).end",
        "2026-12-05",
        "after 2026-12-05",
        "later end",
    ),
    Mistake(
        "unknown time zone",
        put(f"{_LEVELS}.timeZone", "Berlin"),
        f"{_LEVELS}.timeZone",
        '"Berlin"',
        "Europe/Berlin",
        "Europe/Berlin",
    ),
    Mistake(
        "credit for a kept promise",
        put(f"{_LEVELS}.creditBands", [{"below": 99.95, "percent": 10}]),
        f"{_LEVELS}.creditBands[0].below",
        "99.95",
        "at most 99.9",
        "lower it",
        "a kept promise would cost money",
    ),
    Mistake(
        "deadline under two scrapes",
        together(
            put(f"{_LEVELS}.startDeadlineSeconds", 40),
            put(f"{_LEVELS}.cancelledStartSeconds", 10),
            put(f"{_LEVELS}.prometheus", {"scrapeInterval": "30s"}),
        ),
        f"{_LEVELS}.startDeadlineSeconds",
        "40",
        "at least 60",
        "scrapeInterval",
    ),
    Mistake(
        "every start called off",
        put(f"{_LEVELS}.cancelledStartSeconds", 300),
        f"{_LEVELS}.cancelledStartSeconds",
        "300",
        "below 300",
        "startDeadlineSeconds",
    ),
    Mistake(
        "kube-state-metrics without an image",
        put(f"{_LEVELS}.kubeStateMetrics", {"deploy": True}),
        f"{_LEVELS}.kubeStateMetrics.image",
        None,
        "by digest",
        "deploy: false",
    ),
    Mistake(
        "receiver without an address",
        put(f"{_LEVELS}.alerting", {"receivers": {"page": {"type": "pagerduty"}}}),
        f"{_LEVELS}.alerting.receivers.page.secret",
        None,
        "receiver's secret",
        "add secret",
    ),
    Mistake(
        "canary at uneven times",
        put(f"{_LEVELS}.canary", {"everyMinutes": 25}),
        f"{_LEVELS}.canary.everyMinutes",
        "25",
        "20, 30",
        "write one",
    ),
    Mistake(
        "canary of an unknown profile",
        put(f"{_LEVELS}.canary", {"profile": "huge"}),
        f"{_LEVELS}.canary.profile",
        "huge",
        "small",
        "remove the key",
    ),
]
