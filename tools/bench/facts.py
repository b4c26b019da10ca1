"""Facts of a made-up fleet in the words of kube-state-metrics, for benchmarks: no cluster has to run it."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tools.cluster.ports import ADDRESS

PER_PROJECT = 50
_AGE_SECONDS = 40 * 86400
"""How old everything is, so that nothing counts as a start that is under way."""


class Facts:
    """A fleet half of which is awake; now and then a workspace starts anew.

    Attributes:
        workspaces: How many there are.
        projects: Their namespaces.
        scrapes: How often they were read.
    """

    def __init__(self, workspaces: int):
        self.workspaces = workspaces
        self.projects = [f"ws-team{index}" for index in range((workspaces + PER_PROJECT - 1) // PER_PROJECT)]
        self.scrapes = 0
        self._began = time.time()

    def text(self, now: float | None = None) -> str:
        """Returns all series, as a scrape reads them."""
        return "\n".join(self._lines(time.time() if now is None else now)) + "\n"

    def series(self) -> int:
        """Returns how many series a scrape reads."""
        return sum(not line.startswith("#") for line in self.text().splitlines())

    def _lines(self, now: float) -> Iterator[str]:
        created = int(self._began - _AGE_SECONDS)
        for number in range(self.workspaces):
            project, name = self.projects[number // PER_PROJECT], f"user{number}"
            awake = number % 2
            labels = f'namespace="{project}",statefulset="{name}"'
            yield f"kube_statefulset_replicas{{{labels}}} {awake}"
            yield f"kube_statefulset_status_replicas_ready{{{labels}}} {awake}"
            yield f"kube_statefulset_created{{{labels}}} {created}"
            yield f"kube_statefulset_metadata_generation{{{labels}}} 1"
            if awake:
                yield from self._pod(project, name, number, now)

    def _pod(self, project: str, name: str, number: int, now: float) -> Iterator[str]:
        # Each awake workspace starts anew every hour, one after the other: what starts cost is part of the bill.
        offset = number * 3600 / self.workspaces
        turn = int((now - offset) // 3600)
        created = int(turn * 3600 + offset)
        pod = f'namespace="{project}",pod="{name}-0",uid="{number:08d}-{turn % 100000:08d}"'
        yield f"kube_pod_created{{{pod}}} {created}"
        yield f"kube_pod_status_scheduled_time{{{pod}}} {created + 1}"
        yield f"kube_pod_status_initialized_time{{{pod}}} {created + 2}"
        yield f"kube_pod_status_ready_time{{{pod}}} {created + 4}"
        yield f'kube_pod_container_status_restarts_total{{{pod},container="workspace"}} 0'


@contextmanager
def served(facts: Facts) -> Iterator[int]:
    """Serves facts at a port of 127.0.0.1, which it yields."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = facts.text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            facts.scrapes += 1

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by http.server)
            """Says nothing: a scrape is no news."""

    server = http.server.ThreadingHTTPServer((ADDRESS, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
