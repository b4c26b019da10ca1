"""The status page, written from a known October by a real Prometheus."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from services.service_levels.errors import ServiceLevelsError
from services.service_levels.publish import publish
from services.service_levels.status_page import cli
from services.service_levels.status_page.feed import NAMESPACE
from tests.services.service_levels.accessible import problems
from tests.services.service_levels.recorded import Past
from tests.services.service_levels.servers import answering

pytestmark = pytest.mark.rules
NAMES = ("alice", "bob", "carol", "dora", "vision", "speech", "canary-0")


@pytest.fixture
def summary(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "page" / "summary.json").read_text(encoding="utf-8"))


def test_says_how_things_are_now(summary: dict[str, Any]) -> None:
    states = {one["id"]: (one["status"], one["text"]) for one in summary["components"]}

    assert states["run"] == ("partial_outage", "1 of 3 awake workspaces is down.")  # one was given up
    assert states["start"][0] == "operational"
    assert summary["status"]["indicator"] == "major"


def test_every_day_has_its_bar(summary: dict[str, Any]) -> None:
    bars = {one["date"]: one["state"] for one in summary["components"][0]["days"]}

    assert len(bars) == 90
    assert (bars["2026-09-15"], bars["2026-10-05"]) == ("none", "good")
    assert (bars["2026-10-20"], bars["2026-10-25"]) == ("bad", "maintenance")


def test_incidents_are_outages_and_notes(summary: dict[str, Any], past: Past) -> None:
    found = {one["started_at"]: one for one in summary["incidents"]}

    together = found[datetime.fromtimestamp(past.time(past.downs[0].first), UTC).isoformat()]
    assert (len(together["workspaces"]), together["outcomes"]) == (2, {"recovered": 2})
    assert [one["name"] for one in summary["incidents"] if one["status"] == "investigating"] == ["1 workspace down"]
    assert summary["incidents"][0]["name"] == "Images could not be pulled"


def test_maintenance_is_announced_and_remembered(summary: dict[str, Any]) -> None:
    found = [(one["name"], one["status"]) for one in summary["scheduled_maintenances"]]

    assert found == [("New nodes", "scheduled"), ("Storage upgrade", "completed")]


def test_numbers_are_those_of_the_report(summary: dict[str, Any], folder: Path) -> None:
    report = json.loads((folder / "reports" / "2026-10.json").read_text(encoding="utf-8"))

    assert summary["objectives"] == report["all_projects"]["objectives"]
    assert [one["id"] for one in summary["objectives"]] == [
        "start_success",
        "cold_start",
        "availability",
        "self_healing",
    ]


@pytest.mark.parametrize("name", ["index.html", "summary.json", "feed.xml"])
def test_names_nobody(folder: Path, name: str) -> None:
    text = (folder / "page" / name).read_text(encoding="utf-8").lower()

    assert [word for word in NAMES if word in text] == []


@pytest.mark.parametrize("name", ["page/index.html", "reports/2026-10.html"])
def test_is_accessible_and_needs_nothing_from_elsewhere(folder: Path, name: str) -> None:
    assert problems((folder / name).read_text(encoding="utf-8")) == []


def test_markup_of_notes_is_shown_not_obeyed(folder: Path) -> None:
    html = (folder / "page" / "index.html").read_text(encoding="utf-8")

    assert "<strong>full</strong>" in html
    assert "&lt;script&gt;alert(1)" in html
    assert "javascript:" not in html


def test_says_budgets_in_minutes_and_starts(folder: Path) -> None:
    html = (folder / "page" / "index.html").read_text(encoding="utf-8")

    assert " of 44 minutes used" in html
    assert "failed starts used" in html
    assert "outages healed themselves" in html


def test_feed_is_atom(folder: Path) -> None:
    root = ElementTree.parse(folder / "page" / "feed.xml").getroot()  # noqa: S314 - our own file

    entries = root.findall(f"{{{NAMESPACE}}}entry")
    ids = [entry.findtext(f"{{{NAMESPACE}}}id") for entry in entries]
    assert root.tag == f"{{{NAMESPACE}}}feed"
    assert len(set(ids)) == len(ids) > 5
    assert "Maintenance: New nodes" in [entry.findtext(f"{{{NAMESPACE}}}title") for entry in entries]


def test_without_prometheus_the_old_page_stays(
    folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "page" / "index.html").read_bytes()
    monkeypatch.setattr(cli, "current_time", lambda: now + timedelta(hours=1))
    where = [
        "--contract",
        str(folder / "contract.json"),
        "--data",
        str(folder / "data"),
        "--output",
        str(folder / "page"),
    ]

    code = cli.main([*where, "--prometheus", "http://127.0.0.1:9"])

    assert code == 1
    assert capsys.readouterr().err.startswith("error: http://127.0.0.1:9 does not answer")
    assert (folder / "page" / "index.html").read_bytes() == before


def test_is_copied_by_put_with_the_page_last(
    prometheus: str, folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "current_time", lambda: now)
    secret = tmp_path / "authorization"
    secret.write_text("Bearer of the page\n", encoding="utf-8")
    where = [
        "--contract",
        str(folder / "contract.json"),
        "--data",
        str(folder / "data"),
        "--output",
        str(tmp_path / "page"),
    ]
    with answering(lambda _: (201, b"")) as (url, asked):
        copy = ["--publish", f"{url}/status/", "--authorization-file", str(secret)]
        code = cli.main([*where, "--prometheus", prometheus, *copy])

    assert code == 0
    assert [(one.command, one.path) for one in asked] == [
        ("PUT", f"/status/{name}") for name in ("summary.json", "feed.xml", "index.html")
    ]
    assert {one.headers["Authorization"] for one in asked} == {"Bearer of the page"}
    assert asked[-1].body == (tmp_path / "page" / "index.html").read_bytes()


def test_a_refused_copy_is_said(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("page", encoding="utf-8")

    with answering(lambda _: (403, b"")) as (url, _), pytest.raises(ServiceLevelsError) as refused:
        publish([page], url, None)

    assert str(refused.value).startswith(f"{url}/index.html answers 403 Forbidden to PUT")
