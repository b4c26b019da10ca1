"""Waiting: progress, time limits, cancellation, disappearance."""

import threading
from typing import Any

import pytest

from tools.offline.kubernetes_provider.provider.errors import ApiError, NotReadyError, UnreachableError
from tools.offline.kubernetes_provider.provider.waiting import Waiter


def pod(ready: bool, **metadata: Any) -> dict:
    conditions = [{"type": kind, "status": "True"} for kind in ("PodScheduled", "Initialized")]
    conditions.append({"type": "Ready", "status": str(ready), "message": "containers with unready status"})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "n", "uid": "1", **metadata},
        "status": {"conditions": conditions},
    }


class Client:
    """Answers look-ups one after the other, the last one for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.looks = 0

    def find(self, *_args: Any) -> Any:
        self.looks += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def items(self, *_args: Any) -> list[dict]:
        return []


def waiter(*answers: Any) -> Waiter:
    return Waiter(Client(*answers), threading.Event())


class TestReady:
    def test_returns_the_object_as_it_is_when_it_is_ready(self):
        said: list[str] = []

        found = waiter(pod(False), pod(True)).until_ready({}, pod(False), True, 60, said.append)

        assert found == pod(True)
        assert len(said) == 1

    def test_a_look_that_gets_no_answer_is_tried_again(self):
        assert waiter(UnreachableError("x"), ApiError(500, b""), pod(True)).until_ready({}, pod(False), True, 60, print)

    def test_time_runs_out(self):
        with pytest.raises(NotReadyError, match="'p' timed out waiting to be Ready") as caught:
            waiter(pod(False)).until_ready({}, pod(False), True, 0.1, lambda _: None)

        assert caught.value.live == pod(False)
        assert caught.value.applied
        assert any("containers with unready status" in reason for reason in caught.value.reasons)

    def test_cancellation_ends_the_wait_at_once(self):
        waits = waiter(pod(False))
        timer = threading.Timer(0.2, waits.cancelled.set)
        timer.start()

        with pytest.raises(NotReadyError, match="cancelled"):
            waits.until_ready({}, pod(False), True, 3600, lambda _: None)
        timer.join()

    def test_skip_await(self):
        waits = waiter(AssertionError("not to be looked up"))
        inputs = {"metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}

        assert waits.until_ready(inputs, pod(False), True, 60, print) == pod(False)

    def test_wait_for_replaces_the_rule(self):
        live = pod(False, annotations={"pulumi.com/waitFor": '["condition=Initialized", "jsonpath={.kind}=Pod"]'})

        assert waiter(live).until_ready({}, live, True, 60, print) == live

    def test_wait_for_that_cannot_be_understood(self):
        live = pod(True, annotations={"pulumi.com/waitFor": "sometime"})

        with pytest.raises(NotReadyError, match="sometime"):
            waiter(live).until_ready({}, live, True, 60, print)

    def test_hopeless_object_is_not_waited_for(self):
        failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "j"},
            "spec": {},
            "status": {"conditions": [failed]},
        }

        with pytest.raises(NotReadyError) as caught:
            waiter(job).until_ready({}, job, True, 3600, print)

        assert "[BackoffLimitExceeded] too often" in caught.value.reasons


class TestCheck:
    def test_one_look_on_refresh(self):
        with pytest.raises(NotReadyError, match="failed to initialize"):
            waiter(None).check({}, pod(False))
        waiter(None).check({}, pod(True))

    def test_kinds_that_are_not_checked(self):
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {}, "spec": {}, "status": {}}

        waiter(None).check({}, claim)
        waiter(None).check({"metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}, pod(False))


class TestGone:
    def gone(self, *answers: Any, seconds: float = 60) -> list[str]:
        warnings: list[str] = []
        try:
            waiter(*answers).until_gone(pod(True), seconds, lambda _: None, warnings.append)
        except NotReadyError as err:
            warnings.append(str(err))
        return warnings

    def test_waits_until_it_is_gone(self):
        assert self.gone(pod(True), pod(True), None) == []

    def test_a_look_that_gets_no_answer_is_tried_again(self):
        assert self.gone(UnreachableError("x"), None) == []

    def test_another_object_of_the_same_name_does_not_count(self):
        assert self.gone(pod(True, uid="2")) == []

    def test_finalizers_are_named_when_time_runs_out(self):
        warned, failed = self.gone(pod(True, finalizers=["example.org/hold"]), seconds=0.1)

        assert "finalizers might be preventing deletion (example.org/hold)" in warned
        assert "timed out" in failed
