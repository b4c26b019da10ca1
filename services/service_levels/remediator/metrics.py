"""What the remediator shows to Prometheus: what it did, what it left alone, and why."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

RESULTS = ("done", "dry-run", "refused", "failed")


class Metrics:
    """Counters of one remediator, in a registry of their own. No labels name a workspace: there may be thousands."""

    def __init__(self, *, dry_run: bool) -> None:
        self._registry = registry = CollectorRegistry()
        self.remediations = Counter(
            "slate_remediations", "Workspaces looked at.", ("action", "result", "reason"), registry=registry
        )
        self.notifications = Counter(
            "slate_remediator_notifications", "Notifications received.", ("result",), registry=registry
        )
        self.released = Counter("slate_remediator_nodes_released", "Nodes given back.", registry=registry)
        self.last = Gauge(
            "slate_remediator_last_action_timestamp_seconds", "When it last did anything.", registry=registry
        )
        Gauge("slate_remediator_dry_run", "Whether it only says what it would do.", registry=registry).set(dry_run)
        for result in RESULTS:  # series that exist from the start: an increase from nothing is no increase
            self.remediations.labels("restart-pod", result, "")

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self._registry)
