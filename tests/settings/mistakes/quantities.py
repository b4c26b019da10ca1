"""Quantities, durations, schedules."""

from tests.settings.examples import put
from tests.settings.mistakes.table import AT_BOB, AT_CPU, AT_GPU, AT_QUOTA, BOB, GPU, POOL, PROJECT, Mistake

QUANTITIES = [
    Mistake("unit unknown", put(f"{AT_CPU}.shape.memory", "64Gb"), f"{POOL}.shape.memory", '"64Gb"', "8Gi", "64Gi"),
    Mistake("unit missing", put(f"{AT_CPU}.shape.memory", 64), f"{POOL}.shape.memory", "64", "1Mi", "64Gi"),
    Mistake(
        "thousandths of bytes", put(f"{AT_BOB}.homeSize", "512m"), f"{BOB}.homeSize", '"512m"', "512Mi", "write 512Mi"
    ),
    Mistake("bytes for CPUs", put(f"{AT_QUOTA}.cpu", "4Gi"), f"{PROJECT}.quota.cpu", '"4Gi"', "number of CPUs", "500m"),
    Mistake("CPUs too fine", put(f"{AT_QUOTA}.cpu", "12.0005"), f"{PROJECT}.quota.cpu", '"12.0005"', "0.001", "round"),
    Mistake("quantity negative", put(f"{AT_QUOTA}.cpu", "-1"), f"{PROJECT}.quota.cpu", '"-1"', "above 0", "above 0"),
    Mistake("quantity zero", put(f"{AT_QUOTA}.cpu", 0), f"{PROJECT}.quota.cpu", "0", "above 0", "above 0", "is zero"),
    Mistake("quantity a list", put(f"{AT_QUOTA}.cpu", [1]), f"{PROJECT}.quota.cpu", "a list of 1", "CPUs", "2 or 500m"),
    Mistake(
        "quantity with space", put(f"{AT_BOB}.homeSize", "5 Gi"), f"{BOB}.homeSize", '"5 Gi"', "8Gi", "without a space"
    ),
    Mistake(
        "duration without unit",
        put(f"{AT_GPU}.disruption.consolidateAfter", 15),
        f"{GPU}.disruption.consolidateAfter",
        "15",
        "15m",
        "add one",
    ),
    Mistake(
        "duration in days",
        put(f"{AT_GPU}.disruption.terminationGracePeriod", "2d"),
        f"{GPU}.disruption.terminationGracePeriod",
        '"2d"',
        "15m",
        "48h",
    ),
    Mistake(
        "freeze with seconds",
        put(f"{AT_GPU}.disruption.freeze[0].duration", "90s"),
        f"{GPU}.disruption.freeze[0].duration",
        '"90s"',
        "hours and minutes",
        "whole minutes",
    ),
    Mistake(
        "cron field wrong",
        put(f"{AT_GPU}.disruption.freeze[0].schedule", "0 25 * * *"),
        f"{GPU}.disruption.freeze[0].schedule",
        '"0 25 * * *"',
        "five fields",
        "0 to 23",
        "wrong hour",
    ),
    Mistake(
        "cron field missing",
        put(f"{AT_GPU}.disruption.freeze[0].schedule", "0 8 * *"),
        f"{GPU}.disruption.freeze[0].schedule",
        '"0 8 * *"',
        "five fields",
        "0 8 * * 1-5",
    ),
]
