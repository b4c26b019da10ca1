"""October 2026 as it was: outages of every outcome, starts, blind and dark times, in five minutes' steps."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.services.service_levels.recorded import CANARY, Down, Past

INTERVAL, LIMIT = 300, 600
BEGIN = datetime(2026, 9, 30, 6, tzinfo=UTC)
DAYS = 34


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """The evaluation at a time in UTC."""
    return int((datetime(2026, month, day, hour, minute, tzinfo=UTC) - BEGIN).total_seconds()) // INTERVAL


def october() -> Past:
    """The past; it reaches into November, so that each time zone has a whole October."""
    dice = random.Random(7)  # noqa: S311 - the same past each time
    past = Past(
        start=int(BEGIN.timestamp()),
        evaluations=DAYS * 86400 // INTERVAL,
        interval=INTERVAL,
        limit=LIMIT,
        fleet={"ws-vision": ["alice", "bob", "carol"], "ws-speech": ["dora"], CANARY: ["canary"]},
        downs=[
            Down("ws-vision", "alice", at(10, 3, 9), 2, "recovered"),
            Down("ws-vision", "bob", at(10, 3, 9), 3, "recovered"),
            Down("ws-speech", "dora", at(10, 8, 12), 2, "assisted"),
            Down("ws-vision", "carol", at(10, 9, 21), 60, "escalated"),  # past midnight in every zone of the tests
            Down("ws-speech", "dora", at(10, 20, 7), 14, "escalated"),
            Down("ws-vision", "bob", at(10, 22, 15), 1, "recovered"),
            Down("ws-vision", "alice", at(10, 29, 8), 2, "abandoned"),
            Down(CANARY, "canary", at(10, 12), 2, "recovered"),
        ],
        silent=[("ws-vision", at(10, 14, 3))],
        blind=range(at(10, 16, 1), at(10, 16, 4)),
        dark=range(at(10, 18, 2), at(10, 18, 5)),
        maintenance=range(at(10, 25, 0), at(10, 25, 3)),  # over the change of the clocks in Europe
        asleep={("ws-vision", "bob"): range(at(10, 24, 20), at(10, 27, 6))},
    )
    quiet = {*past.blind, *past.dark, *past.maintenance}
    for number in range(0, past.evaluations, 40):
        if number not in quiet:
            namespace = dice.choice(["ws-vision", "ws-speech", CANARY])
            past.starts.append((namespace, number, None if dice.random() < 0.05 else round(dice.uniform(5, 60))))
    return past


def contract(zone: str, **more: Any) -> dict[str, Any]:
    """The contract over that past."""
    return {
        "version": 1,
        "title": "AI workspaces",
        "timeZone": zone,
        "intervalSeconds": INTERVAL,
        "projects": {"ws-vision": "vision", "ws-speech": "speech", "ws-new": "new"},
        "canaryNamespace": CANARY,
        "objectives": {
            "startSuccess": 99.5,
            "startDeadlineSeconds": 300,
            "coldStartSeconds": 30,
            "availability": 99.9,
            "selfHealing": 90,
            "selfHealingMinutes": LIMIT // 60,
        },
        "creditBands": [
            {"below": 99.9, "percent": 10},
            {"below": 99.0, "percent": 25},
            {"below": 95.0, "percent": 100},
        ],
        "maintenance": [
            {
                "name": "Storage upgrade",
                "start": "2026-10-25T02:00:00+02:00",
                "end": "2026-10-25T04:00:00+01:00",
                "announced": "2026-10-11T10:00:00+02:00",
            }
        ],
        "rulesSha256": "ab" * 32,
    } | more


def written(folder: Path, zone: str = "Europe/Berlin", **more: Any) -> Path:
    """The contract as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "contract.json"
    path.write_text(json.dumps(contract(zone, **more)), encoding="utf-8")
    return path
