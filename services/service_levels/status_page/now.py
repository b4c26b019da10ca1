"""How things stand at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.service_levels import queries
from services.service_levels.contract import Contract
from services.service_levels.prometheus import Prometheus

WORKS, DEGRADED, PARTLY_DOWN, DOWN = "operational", "degraded_performance", "partial_outage", "major_outage"
IN_MAINTENANCE, UNKNOWN = "under_maintenance", "unknown"
"""The words of Statuspage's summary.json, and one for what nobody sees."""

STATES = {
    WORKS: "Works",
    DEGRADED: "Partly disturbed",
    PARTLY_DOWN: "Disturbed",
    DOWN: "Down",
    IN_MAINTENANCE: "Maintenance",
    UNKNOWN: "Not observed",
}
FEW, HALF = 0.05, 0.5


@dataclass(frozen=True)
class State:
    """State of a component, with the facts that it rests on."""

    state: str
    text: str


def current(prometheus: Prometheus, contract: Contract, now: datetime) -> dict[str, State]:
    """State by component: run, start, canary, and answer where workspaces are probed.

    Raises:
        PrometheusError: Prometheus does not answer.
    """
    at = now - timedelta(milliseconds=1)

    def here(query: str) -> dict[str, float]:
        return prometheus.by_namespace(query, at)

    observed = sum(prometheus.vector(queries.OBSERVED, at).values()) > 0
    maintenance = observed and sum(prometheus.vector(queries.MAINTENANCE, at).values()) > 0
    canary = contract.canary_namespace
    good, failed = (here(f"sum_over_time({queries.SUMS[name]}[1h])") for name in ("starts_good", "starts_failed"))
    found = {
        "run": running(observed, _users(here(queries.AVAILABLE), canary), _users(here(queries.ELIGIBLE), canary)),
        "start": starting(observed, sum(good.values()), sum(failed.values())),
        "canary": starting(observed, good.get(canary, 0), failed.get(canary, 0)),
    }
    probes = here(f"sum by (namespace) ({queries.PROBE})"), here(f"count by (namespace) ({queries.PROBE})")
    if probes[1]:
        found["answer"] = answering(sum(probes[0].values()), sum(probes[1].values()))
    if maintenance:
        window = State(IN_MAINTENANCE, "Announced maintenance is going on.")
        found = dict.fromkeys(found, window)
    return found


def _users(values: dict[str, float], canary: str) -> float:
    return sum(value for namespace, value in values.items() if namespace != canary)


def _share(bad: float, of: float) -> str:
    share = bad / of
    return WORKS if not bad else DEGRADED if share <= FEW else PARTLY_DOWN if share < HALF else DOWN


def running(observed: bool, available: float, eligible: float) -> State:
    """State of the workspaces that are awake."""
    if not observed:
        return State(UNKNOWN, "Nothing is observed at the moment.")
    if not eligible:
        return State(WORKS, "No workspace is awake; all that sleep do so on purpose.")
    down = eligible - available
    if not down:
        return State(WORKS, f"All {eligible:.0f} awake workspaces are available.")
    verb = "is" if down == 1 else "are"
    return State(_share(down, eligible), f"{down:.0f} of {eligible:.0f} awake workspaces {verb} down.")


def starting(observed: bool, good: float, failed: float) -> State:
    """State of starts, by those of the last hour."""
    if not observed:
        return State(UNKNOWN, "Nothing is observed at the moment.")
    count = good + failed
    if not count:
        return State(UNKNOWN, "There was no start in the last hour.")
    if not failed:
        what = "The one start" if count == 1 else f"All {count:.0f} starts"
        return State(WORKS, f"{what} of the last hour succeeded.")
    return State(_share(failed, count), f"{failed:.0f} of {count:.0f} starts of the last hour failed.")


def answering(answered: float, probed: float) -> State:
    """State of what is asked from outside: JupyterLab and SSH."""
    down = probed - answered
    if not down:
        return State(WORKS, f"All {probed:.0f} awake workspaces answer.")
    return State(_share(down, probed), f"{down:.0f} of {probed:.0f} workspaces do not answer.")
