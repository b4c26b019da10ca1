"""Waiting until an object is ready or gone, with progress, a time limit and prompt cancellation."""

import threading
import time
from collections.abc import Iterator
from typing import Any

from . import kinds, metadata, pods, readiness, wait_for
from .errors import NotReadyError, ProviderError, UnreachableError
from .operation import Report

Object = dict[str, Any]

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two looks


class Waiter:
    """Waits for one provider process; setting `cancelled` ends every wait at once."""

    def __init__(self, client: Any, cancelled: threading.Event) -> None:
        self._client = client
        self.cancelled = cancelled

    def find(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object | None:
        """Look up an object that a rule needs; a refused or unanswered look-up counts as "not there"."""
        try:
            return self._client.find(api_version, kind, namespace, name)
        except ProviderError:
            return None

    def until_ready(self, inputs: Object, live: Object, creating: bool, seconds: float, report: Report) -> Object:
        """Wait for the object that was just written.

        Args:
            inputs: what was asked for; its annotations decide whether and on what to wait.
            live: the API server's answer to the write.
            creating: whether the write made the resource (a claim that is bound already has nothing to wait for).
            seconds: the time limit.
            report: called with what is being waited for, whenever that changes.

        Returns:
            The object as it is when it is ready.

        Raises:
            NotReadyError: time ran out, the update was cancelled, or the object failed for good.
        """
        if metadata.is_true(inputs, "skipAwait"):
            return live
        rules = self._rules(live)
        said = ""
        for _ in self._looks(seconds):
            verdict = self._judge(rules, live, creating)
            if verdict.ready:
                return live
            if verdict.failed:
                raise NotReadyError(self._title(live, "failed"), live, [verdict.waiting_for, *self._problems(live)])
            if verdict.waiting_for != said:
                said = verdict.waiting_for
                report(f"Waiting for: {said}")
            live = self._look_again(live)
        reasons = [said, *self._problems(live)] if said else self._problems(live)
        raise NotReadyError(self._title(live, "timed out waiting to be Ready"), live, reasons)

    def check(self, inputs: Object, live: Object) -> None:
        """Judge an object once, as a refresh does.

        Raises:
            NotReadyError: it is not ready.
        """
        rule = readiness.rule_for(live)
        if rule is None or kinds.key(live) not in readiness.CHECKED_ON_READ or metadata.is_true(inputs, "skipAwait"):
            return
        verdict = rule(live, self, False)
        if not verdict.ready:
            title = f"Resource '{metadata.name_of(live)}' was created but failed to initialize"
            raise NotReadyError(title, live, [verdict.waiting_for, *self._problems(live)])

    def until_gone(self, live: Object, seconds: float, report: Report, warn: Report) -> None:
        """Wait until a deleted object has disappeared.

        Raises:
            NotReadyError: time ran out or the update was cancelled; the object is still there.
        """
        uid = live["metadata"].get("uid")
        meta = live["metadata"]
        said = ""
        for _ in self._looks(seconds):
            try:
                found = self._client.find(live["apiVersion"], live["kind"], meta.get("namespace"), meta["name"])
            except UnreachableError:
                continue  # the deletion is under way; the server may be back before time is up
            if found is None or (uid and found["metadata"].get("uid") != uid):
                return
            live = found
            text = "waiting for deletion; finalizers: " + ", ".join(found["metadata"].get("finalizers") or ["none"])
            if text != said:
                said = text
                report(text)
        held = ", ".join(live["metadata"].get("finalizers") or [])
        warn(f"finalizers might be preventing deletion ({held})")
        title = "timed out waiting for the condition"
        if self.cancelled.is_set():
            title = f'Resource operation was cancelled for "{meta["name"]}"'
        raise NotReadyError(f'deletion of "{meta["name"]}": {title}', live, [f"finalizers: {held}"] if held else [])

    def _looks(self, seconds: float) -> Iterator[None]:
        """Time to look: at once, then after growing pauses, until time is up or the update is cancelled."""
        end, pause = time.monotonic() + seconds, FIRST_PAUSE
        while not self.cancelled.is_set():
            yield
            left = end - time.monotonic()
            if left <= 0:
                return
            self.cancelled.wait(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _rules(self, live: Object) -> list[readiness.Rule]:
        own = metadata.wait_for(live)
        if own:
            try:
                return [wait_for.rule(text) for text in own]
            except ValueError as err:
                raise NotReadyError(str(err), live, []) from err
        rule = readiness.rule_for(live)
        return [rule] if rule else []

    def _judge(self, rules: list[readiness.Rule], live: Object, creating: bool) -> readiness.Verdict:
        verdicts = (rule(live, self, creating) for rule in rules)
        return next((verdict for verdict in verdicts if not verdict.ready), readiness.READY)

    def _look_again(self, live: Object) -> Object:
        meta = live["metadata"]
        return self.find(live["apiVersion"], live["kind"], meta.get("namespace"), meta["name"]) or live

    def _title(self, live: Object, what: str) -> str:
        if self.cancelled.is_set():
            return f'Resource operation was cancelled for "{metadata.name_of(live)}"'
        return f"'{metadata.name_of(live)}' {what}"

    def _problems(self, live: Object) -> list[str]:
        return [] if self.cancelled.is_set() else pods.problems(self._client, live)
