"""What each number means, in the words of page and report."""

from services.service_levels.contract import Contract
from services.service_levels.indicators import LEAST_COVERAGE, LEAST_EVENTS


def definitions(contract: Contract) -> list[tuple[str, str]]:
    """Terms and what they mean."""
    promised = contract.objectives
    interval, deadline, minutes = (
        contract.interval_seconds,
        promised.start_deadline_seconds,
        promised.self_healing_minutes,
    )
    return [
        (
            "Available",
            f"Every {interval} seconds each workspace that is awake is either available or down. Availability is the "
            "sum of what was available over the sum of all; each workspace weighs the same. One that sleeps, is still "
            "within the time for its start, or is in announced maintenance is not counted.",
        ),
        (
            "Minutes used",
            "Minutes for which the average workspace was down. The budget is the part of the whole month that the "
            f"target of {promised.availability:g} % leaves.",
        ),
        (
            "Start",
            f"A start is judged once, {deadline} seconds after it began: it succeeded if the workspace was ready by "
            "then. What its user called off at once is not counted. The time that a start takes is the mean of those "
            "that succeeded.",
        ),
        (
            "Outage",
            "A workspace that was available and is down. It healed itself if it was back within "
            f"{minutes} minutes without anybody changing it. After {minutes} minutes a person is called, and it has "
            "not.",
        ),
        (
            "Observed",
            "Share of the time for which the numbers exist. What was not observed counts neither as good nor as bad; "
            "the lowest and highest availability that fit what was seen are given beside the measured one.",
        ),
        (
            "Too little data",
            f"There is no verdict where less than {LEAST_COVERAGE * 100:.0f} % of the time was observed and the rest "
            f"could change it, or with fewer than {LEAST_EVENTS} starts or outages.",
        ),
    ]
