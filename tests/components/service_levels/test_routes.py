"""Routes: one incident is one page, in both forms; maintenance mutes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from components.service_levels.alertmanager import configuration
from components.service_levels.alertmanager_config import alertmanager_config
from components.service_levels.mute import time_intervals
from tests.rules.declared import declared

PAGER = {"type": "pagerduty", "secret": {"name": "pager", "key": "routing-key"}}
SLACK = {"type": "slack", "channel": "#workspaces", "secret": {"name": "slack"}}
HOOK = {"type": "webhook", "secret": {"name": "hook", "key": "url"}}


def routes(**alerting: Any) -> dict[str, Any]:
    return configuration(declared(alerting={"receivers": alerting}))


def test_all_pages_are_one_group_and_tickets_are_not():
    by_receiver = {route["receiver"]: route for route in routes()["route"]["routes"]}

    assert by_receiver["page"]["group_by"] == ["service"]
    assert by_receiver["ticket"]["group_by"] == ["alertname", "slo"]
    assert by_receiver["remediator"]["group_by"] == ["namespace", "workspace", "remediation"]


def test_the_remediator_is_told_of_firing_alerts_alone_and_only_where_there_is_one():
    with_one = configuration(declared())
    without = configuration(declared(remediation={"enabled": False}))

    (remediator,) = [one for one in with_one["receivers"] if one["name"] == "remediator"]
    assert remediator["webhook_configs"][0]["send_resolved"] is False
    assert remediator["webhook_configs"][0]["url"] == "http://remediator.slate-system.svc:8095/alerts"
    assert "remediator" not in str(without)


def test_receivers_name_the_place_of_their_secret_and_never_its_value():
    receivers = {one["name"]: one for one in routes(page=PAGER, ticket=SLACK)["receivers"]}

    (pager,) = receivers["page"]["pagerduty_configs"]
    (slack,) = receivers["ticket"]["slack_configs"]
    assert pager["routing_key_file"] == "/etc/alertmanager/secrets/pager/routing-key"
    assert slack["api_url_file"] == "/etc/alertmanager/secrets/slack/value"
    assert slack["channel"] == "#workspaces"


def test_the_operator_reads_the_same_secrets_itself():
    given = declared(alerting={"delivery": "operator", "receivers": {"page": PAGER, "ticket": HOOK}})

    spec = alertmanager_config(given)["spec"]

    receivers = {one["name"]: one for one in spec["receivers"]}
    assert receivers["page"]["pagerdutyConfigs"][0]["routingKey"] == {"name": "pager", "key": "routing-key"}
    assert receivers["ticket"]["webhookConfigs"][0]["urlSecret"] == {"name": "hook", "key": "url"}
    assert receivers["nobody"] == {"name": "nobody"}


def test_both_forms_route_and_inhibit_alike():
    args = declared(alerting={"receivers": {"page": PAGER, "ticket": SLACK}})

    plain, spec = configuration(args), alertmanager_config(args)["spec"]

    def texts(matchers: list[dict[str, str]]) -> list[str]:
        return [f'{one["name"]}{one["matchType"]}"{one["value"]}"' for one in matchers]

    assert [texts(route["matchers"]) for route in spec["route"]["routes"]] == [
        route["matchers"] for route in plain["route"]["routes"]
    ]
    assert [(texts(rule["sourceMatch"]), texts(rule["targetMatch"])) for rule in spec["inhibitRules"]] == [
        (rule["source_matchers"], rule["target_matchers"]) for rule in plain["inhibit_rules"]
    ]


def test_pages_and_tickets_are_muted_in_maintenance_in_both_forms():
    window = {"name": "Storage", "start": "2026-12-05T23:00:00+01:00", "end": "2026-12-06T01:30:00+01:00"}
    args = declared(maintenance=[window])

    plain, spec = configuration(args), alertmanager_config(args)["spec"]

    (interval,) = plain["time_intervals"]
    assert [piece["times"] for piece in interval["time_intervals"]] == [
        [{"start_time": "22:00", "end_time": "24:00"}],
        [{"start_time": "00:00", "end_time": "00:30"}],
    ]
    assert [piece["days_of_month"] for piece in interval["time_intervals"]] == [["5"], ["6"]]
    muted = {route["receiver"] for route in plain["route"]["routes"] if "mute_time_intervals" in route}
    assert muted == {"page", "ticket"}
    (muting,) = spec["muteTimeIntervals"]
    assert muting["timeIntervals"][0]["daysOfMonth"] == [{"start": 5, "end": 5}]


@given(st.integers(0, 4 * 10**9), st.integers(1, 10 * 86400))
def test_the_pieces_of_a_window_cover_it_to_the_minute(start: int, length: int):
    covered = timedelta()
    for piece in time_intervals([(start, start + length)]):
        (time,) = piece["times"]
        day = datetime(int(piece["years"][0]), int(piece["months"][0]), int(piece["days_of_month"][0]), tzinfo=UTC)
        begin, end = (_minutes(time[key]) for key in ("start_time", "end_time"))
        assert day.timestamp() + begin * 60 < start + length
        assert day.timestamp() + end * 60 > start
        covered += timedelta(minutes=end - begin)

    assert timedelta(seconds=length) <= covered < timedelta(seconds=length + 120)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
