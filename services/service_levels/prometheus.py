"""Asking Prometheus, by prometheus-api-client with its traps closed.

The library waits for ever unless told otherwise, lets a ~/.netrc replace the authorization, and raises `requests`' own
errors besides its own. Only instant queries are used: its range queries do not stay within the server's limits.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect

from services.service_levels.errors import ServiceLevelsError

TIMEOUT_SECONDS = 60
Labels = tuple[tuple[str, str], ...]
JUST_BEFORE = 0.001
"""Seconds. Ranges end this much before the end of a span: then the samples in [start, end) are counted, and no other,
by Prometheus 2.x, whose ranges include both of their edges, and 3.x, whose ranges lack the left one."""


class PrometheusError(ServiceLevelsError):
    """Prometheus does not answer, or with something else than was asked for."""


@dataclass(frozen=True)
class Series:
    """The samples of one series: pairs of a time in seconds since 1970 and a value."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


class Prometheus:
    """One Prometheus server.

    Args:
        url: Its address; a path in it stays.
        token_file: File with a bearer token.
        authority: File with the certificates that vouch for it.
        timeout: Seconds that one answer may take.
    """

    def __init__(
        self, url: str, *, token_file: Path | None = None, authority: Path | None = None, timeout: int = TIMEOUT_SECONDS
    ) -> None:
        self.url = url.rstrip("/")
        session = requests.Session()
        session.trust_env = False  # a ~/.netrc entry would replace the Authorization header
        if authority:
            session.verify = str(authority)
        token = token_file.read_text(encoding="utf-8").strip() if token_file else None
        headers: Any = {"Authorization": f"Bearer {token}"} if token else None
        self._client = PrometheusConnect(url=self.url, headers=headers, session=session, timeout=timeout)

    def check(self) -> None:
        """See that a Prometheus answers; the library's own check takes any web page for one.

        Raises:
            PrometheusError: It does not.
        """
        answer = self._ask("vector(1)", None)
        if len(answer) != 1 or answer[0].get("value", [0, ""])[1] != "1":
            raise PrometheusError(f"{self.url} answers, but not as Prometheus does")

    def vector(self, query: str, at: datetime) -> dict[Labels, float]:
        """Evaluate a query at a moment.

        Returns:
            Value by labels, without those that are not a number.

        Raises:
            PrometheusError: There is no answer, or it is not a vector.
        """
        found: dict[Labels, float] = {}
        for item in self._ask(query, at.timestamp()):
            if not isinstance(item, Mapping) or "value" not in item:
                raise PrometheusError(f"{self.url} did not answer `{query}` with a vector")
            value = float(item["value"][1])
            if not math.isnan(value):
                found[tuple(sorted(item["metric"].items()))] = value
        return found

    def by_namespace(self, query: str, at: datetime) -> dict[str, float]:
        """Evaluate a query that has one value for each namespace.

        Raises:
            PrometheusError: There is no answer, or two values for one namespace: nothing may be counted twice.
        """
        found: dict[str, float] = {}
        for labels, value in self.vector(query, at).items():
            namespace = dict(labels).get("namespace", "")
            if namespace in found:
                what = f"{self.url} has two values for namespace {namespace} in `{query}`"
                raise PrometheusError(f"{what}; if two Prometheus servers write to it, let it deduplicate them")
            found[namespace] = value
        return found

    def samples(self, selector: str, seconds: int, before: datetime) -> list[Series]:
        """The samples of a selector in the seconds before a moment, without one right at it."""
        found = []
        for item in self._ask(f"{selector}[{seconds}s]", before.timestamp() - JUST_BEFORE):
            if not isinstance(item, Mapping) or "values" not in item:
                raise PrometheusError(f"{self.url} did not answer `{selector}[{seconds}s]` with samples")
            values = tuple((float(time), float(value)) for time, value in item["values"])
            found.append(Series(dict(item["metric"]), values))
        return found

    def _ask(self, query: str, time: float | None) -> list[Any]:
        # Thanos must not answer with what a part of its stores has; Prometheus does not know the parameter.
        parameters: dict[str, Any] = {"partial_response": "false"}
        if time is not None:
            parameters["time"] = f"{time:.3f}"
        try:
            answer = self._client.custom_query(query, params=parameters)
        except (PrometheusApiClientException, requests.RequestException, ValueError, KeyError) as problem:
            raise PrometheusError(f"{self.url} does not answer `{query}`: {_plain(problem)}") from None
        if not isinstance(answer, list):
            raise PrometheusError(f"{self.url} did not answer `{query}` with a list")
        return answer


def _plain(problem: Exception) -> str:
    """The innermost reason of an error that the library wraps several times."""
    if isinstance(problem, requests.Timeout):
        return "no answer in time"
    reason = problem.args[0] if problem.args else problem
    inner = getattr(reason, "reason", None)
    return str(inner or reason)[:300]


def quoted(value: str) -> str:
    """A label's value as PromQL has it, in quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
