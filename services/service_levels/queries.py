"""Every question that page and report ask of Prometheus. A report lists them, so that others can ask the same."""

AVAILABLE = "namespace:workspaces_available:count"
ELIGIBLE = "namespace:workspaces_eligible:count"
UNKNOWN = "namespace:workspaces_unknown:count"
WORKSPACE = "namespace_workspace:available:bool"
OUTAGE = "namespace_workspace:outage_start:timestamp"
TOUCHED = "namespace_workspace:touched:bool"
PROBE = "namespace_workspace:probe:bool"
MAINTENANCE = "workspace:maintenance:bool"
OBSERVED = "workspace:observed:bool"

SUMS = {
    "available": AVAILABLE,
    "eligible": ELIGIBLE,
    "unknown": UNKNOWN,
    "starts_good": "namespace:workspace_starts_good:count",
    "starts_fast": "namespace:workspace_starts_fast:count",
    "starts_failed": "namespace:workspace_starts_failed:count",
    "starts_unknown": "namespace:workspace_starts_unknown:count",
    "start_seconds": "namespace:workspace_start_seconds:sum",
    "recovered": "namespace:workspace_incidents_recovered:count",
    "silent": "namespace:workspace_incidents_silent:count",
    "assisted": "namespace:workspace_incidents_assisted:count",
    "escalated": "namespace:workspace_incidents_escalated:count",
    "abandoned": "namespace:workspace_incidents_abandoned:count",
    "outage_seconds": "namespace:workspace_outage_seconds:sum",
    "outages_ended": "namespace:workspace_outages_ended:count",
}
"""What is added up, by the name that page and report give it."""

EVENTS = tuple(name for name in SUMS if name not in ("available", "eligible", "unknown"))


def day_queries(seconds: int) -> dict[str, str]:
    """The questions for one day, each with one value for each namespace, by name.

    Args:
        seconds: Length of the day.
    """
    window = f"[{seconds}s]"
    sums = {name: f"sum_over_time({series}{window})" for name, series in SUMS.items()}
    counts = {
        "seen": f"count_over_time({ELIGIBLE}{window})",
        "answered": f"sum by (namespace) (sum_over_time({PROBE}{window}))",
        "probed": f"sum by (namespace) (count_over_time({PROBE}{window}))",
    }
    return sums | counts


def evaluated(seconds: int) -> str:
    """Evaluations that took place."""
    return f"count_over_time({OBSERVED}[{seconds}s])"


def observed(seconds: int) -> str:
    """Evaluations in which the facts were there."""
    return f"sum_over_time({OBSERVED}[{seconds}s])"


def maintenance(seconds: int) -> str:
    """Evaluations within maintenance."""
    return f"sum_over_time({MAINTENANCE}[{seconds}s])"


def down(seconds: int) -> str:
    """Evaluations in which a workspace was down, for each that was."""
    return f"(count_over_time({WORKSPACE}[{seconds}s]) - sum_over_time({WORKSPACE}[{seconds}s])) > 0"


def outage_samples(seconds: int) -> str:
    """How many samples the outages of a day have; by this, the day is taken in one piece or in several."""
    return f"sum(count_over_time({OUTAGE}[{seconds}s]))"


def published(seconds: int = 86400) -> list[str]:
    """All questions whose answers are in a report, for a day of a length."""
    single = [evaluated(seconds), observed(seconds), maintenance(seconds), down(seconds), f"{OUTAGE}[{seconds}s]"]
    return [*day_queries(seconds).values(), *single]
