"""What is read out of Alertmanager's notifications."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.service_levels.remediator.alerts import AlertError, Target, targets

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def alert(status="firing", **labels):
    own = {"namespace": "ws-vision", "workspace": "alice", "remediation": "restart-pod"} | labels
    return {"status": status, "labels": {key: value for key, value in own.items() if value is not None}}


def notification(*alerts, **more):
    return {"version": "4", "status": "firing", "alerts": list(alerts)} | more


def test_each_firing_workspace_comes_once():
    found = targets(notification(alert(), alert(workspace="bob"), alert()))

    assert found == [Target("ws-vision", "alice"), Target("ws-vision", "bob")]


def test_a_resolved_alert_among_firing_ones_names_nobody():
    found = targets(notification(alert("resolved"), alert(workspace="bob")))

    assert found == [Target("ws-vision", "bob")]


@pytest.mark.parametrize(
    "given_alert",
    [
        alert("resolved"),
        alert("suppressed"),
        alert(remediation=None),
        alert(remediation="restart-node"),
        alert(namespace=None),
        alert(workspace=None),
        alert(workspace=""),
        alert(workspace="../kube-system"),
        alert(workspace="alice/../../secrets"),
        alert(namespace="ws-vision?x="),
        alert(workspace="Alice"),
        alert(workspace="a" * 64),
        alert(workspace=["alice"]),
        {"status": "firing"},
        "alice",
    ],
)
def test_other_alerts_name_nobody(given_alert):
    assert targets(notification(given_alert)) == []


@pytest.mark.parametrize("payload", [None, [], {}, {"alerts": "all"}, {"alerts": [], "version": "3"}, {"alerts": []}])
def test_what_is_no_notification_is_refused(payload):
    with pytest.raises(AlertError):
        targets(payload)


@given(JSON, JSON)
def test_nothing_that_is_sent_is_more_than_a_refusal(payload, inner):
    for given_payload in (payload, notification(inner), notification({"status": "firing", "labels": inner})):
        try:
            found = targets(given_payload)
        except AlertError:
            continue
        assert found == []
