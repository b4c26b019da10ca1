"""Prometheus metrics of a server."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from services.conda_mirror.snapshots import Manifest

SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60)
__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]


class Metrics:
    """Counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        prefix = "slate_conda_mirror"
        self.requests = Counter(f"{prefix}_requests", "Requests answered.", ("kind", "status"), registry=registry)
        self.sent = Counter(f"{prefix}_sent_bytes", "Bytes of bodies answered with.", ("kind",), registry=registry)
        self.seconds = Histogram(
            f"{prefix}_request_seconds", "Time to answer.", ("kind",), buckets=SECONDS, registry=registry
        )
        self.created = Gauge(f"{prefix}_snapshot_created_timestamp_seconds", "Age of the snapshot.", registry=registry)
        self.packages = Gauge(f"{prefix}_snapshot_packages", "Packages in the current snapshot.", registry=registry)
        self.snapshot = Gauge(f"{prefix}_snapshot_info", "The current snapshot.", ("snapshot",), registry=registry)
        self.cached = Gauge(f"{prefix}_cache_bytes", "Bytes in the node's cache.", registry=registry)
        self.filled = Counter(f"{prefix}_cache_fills", "Files fetched from the mirror.", registry=registry)
        self.evicted = Counter(f"{prefix}_cache_evictions", "Files removed to stay in bounds.", registry=registry)
        self.stale = Counter(f"{prefix}_cache_stale", "Indexes served while the mirror was away.", registry=registry)
        self.rejected = Counter(
            f"{prefix}_cache_rejects", "Files from the mirror with a wrong hash.", registry=registry
        )
        self._current = ""

    def show(self, manifest: Manifest | None) -> None:
        """Show a snapshot as the current one."""
        identifier = manifest.id if manifest else ""
        if identifier == self._current:
            return
        self.snapshot.clear()
        self._current = identifier
        if manifest:
            self.snapshot.labels(identifier).set(1)
            self.packages.set(len(manifest.packages))
            self.created.set(datetime.fromisoformat(manifest.created).timestamp())

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self._registry)
