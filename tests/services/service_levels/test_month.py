"""The report against a real Prometheus that remembers a known October."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.service_levels import history, queries
from services.service_levels.report import cli
from tests.services.service_levels import october
from tests.services.service_levels.recorded import CANARY, Past, served

pytestmark = pytest.mark.rules
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York", "Pacific/Chatham"]


@pytest.fixture(scope="module")
def past() -> Past:
    return october.october()


@pytest.fixture(scope="module")
def prometheus(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(past, tmp_path_factory.mktemp("prometheus")) as url:
        yield url


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "current_time", lambda: NOW)


def report(url: str, folder: Path, zone: str, month: str = "2026-10") -> dict[str, Any]:
    """Write a report; what its JSON says."""
    file = october.written(folder, zone)
    where = ["--contract", str(file), "--data", str(folder / "data"), "--output", str(folder / "out")]
    code = cli.main([*where, "--prometheus", url, "--month", month])
    assert code == 0
    return json.loads((folder / "out" / f"{month}.json").read_text(encoding="utf-8"))


def truth(past: Past, zone: str) -> Counter[tuple[str, str]]:
    """Sums of all samples of October, straight from the input, by series and namespace."""
    begin = datetime(2026, 10, 1, tzinfo=ZoneInfo(zone)).timestamp()
    end = datetime(2026, 11, 1, tzinfo=ZoneInfo(zone)).timestamp()
    found: Counter[tuple[str, str]] = Counter()
    for series, samples in past.series().items():
        name, _, label = series.partition("{")
        if name in queries.SUMS.values():
            namespace = label.split('"')[1]
            found[name, namespace] = sum(value for time, value in samples if begin <= time < end)  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_sums_equal_the_input_to_the_sample(prometheus: str, past: Past, tmp_path: Path, zone: str) -> None:
    expected = truth(past, zone)

    found = report(prometheus, tmp_path, zone)

    added: Counter[tuple[str, str]] = Counter()
    for day in found["audit"]["days"]:
        for name, series in queries.SUMS.items():
            for namespace, value in day["sums"].get(name, {}).items():
                added[series, namespace] += value
    assert {key: value for key, value in added.items() if value} == {
        key: value for key, value in expected.items() if value
    }
    assert (
        sum(day["seconds"] for day in found["audit"]["days"])
        == (datetime.fromisoformat(found["end"]) - datetime.fromisoformat(found["start"])).total_seconds()
    )


@pytest.mark.parametrize("zone", ZONES)
def test_objectives_have_numerator_and_denominator(prometheus: str, past: Past, tmp_path: Path, zone: str) -> None:
    sums = truth(past, zone)

    found = {one["id"]: one for one in report(prometheus, tmp_path, zone)["all_projects"]["objectives"]}

    def users(name: str) -> float:
        return sum(value for (series, space), value in sums.items() if series == queries.SUMS[name] and space != CANARY)

    good, failed = users("starts_good"), users("starts_failed")
    assert (found["start_success"]["numerator"], found["start_success"]["denominator"]) == (good, good + failed)
    assert found["cold_start"]["value"] == pytest.approx(users("start_seconds") / good)
    assert found["availability"]["numerator"] == users("available")
    assert found["availability"]["denominator"] == users("eligible")
    blind = 100 * users("available") / (users("eligible") + users("unknown"))  # and there were dark times, too
    assert found["availability"]["low"] < blind < found["availability"]["value"] < found["availability"]["high"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_every_outage_is_listed_once_with_its_outcome(prometheus: str, past: Past, tmp_path: Path, zone: str) -> None:
    expected = [
        (past.time(down.first), float(down.length * past.interval), down.outcome)
        for down in past.downs
        if down.namespace != CANARY
    ]

    found = report(prometheus, tmp_path, zone)

    listed = [
        (datetime.fromisoformat(one["start"]).timestamp(), one["seconds"], one["outcome"]) for one in found["outages"]
    ]
    assert sorted(listed) == sorted(expected)
    assert found["differences"] == []
    assert found["outages_counted"] == {"recovered": 3, "silent": 1, "assisted": 1, "escalated": 2, "abandoned": 1}


def test_unobserved_time_is_said_and_counts_neither_way(prometheus: str, past: Past, tmp_path: Path) -> None:
    found = report(prometheus, tmp_path, "UTC")

    missing = len(past.blind) + len(past.dark)
    evaluations = 31 * 86400 / past.interval
    assert found["all_projects"]["coverage"] == pytest.approx((evaluations - missing) / evaluations)
    assert found["maintenance"]["left_out_seconds"] == len(past.maintenance) * past.interval
    assert found["maintenance"]["windows"][0]["seconds_in_month"] == 3 * 3600


def test_credits_are_each_projects_own(prometheus: str, tmp_path: Path) -> None:
    found = {one["name"]: one for one in report(prometheus, tmp_path, "UTC")["projects"]}

    assert [found[name]["credit_percent"] for name in ("vision", "speech", "new")] == [10, 10, None]
    assert found["new"]["objectives"][2]["verdict"] == "too little data"


def test_a_month_is_known_when_prometheus_has_forgotten_it(prometheus: str, tmp_path: Path) -> None:
    first = report(prometheus, tmp_path, "UTC")

    again = report("http://127.0.0.1:9", tmp_path, "UTC")  # nobody listens there

    assert again["all_projects"] == first["all_projects"]


def test_an_interrupted_run_goes_on_where_it_ended(
    prometheus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    collect, done = history.collect, []

    def fails_after_ten(*args: Any) -> history.DayNumbers:
        if len(done) == 10:
            raise KeyboardInterrupt
        done.append(args)
        return collect(*args)

    file = october.written(tmp_path, "UTC")
    where = ["--contract", str(file), "--data", str(tmp_path / "data"), "--output", str(tmp_path / "out")]
    with monkeypatch.context() as patch:
        patch.setattr(history, "collect", fails_after_ten)
        code = cli.main([*where, "--prometheus", prometheus, "--month", "2026-10"])
    said = capsys.readouterr().err
    report(prometheus, tmp_path, "UTC")

    assert code == 130
    assert "interrupted" in said
    assert "asking for 2026-10-11 (11 of 31)" in capsys.readouterr().err.splitlines()[0]


def test_a_month_in_progress_says_so(prometheus: str, tmp_path: Path) -> None:
    found = report(prometheus, tmp_path, "UTC", "2026-11")

    text = (tmp_path / "out" / "2026-11.md").read_text(encoding="utf-8")
    assert (found["complete"], found["until"]) == (False, NOW.isoformat())
    assert "The month is not over" in text


def test_all_formats_say_the_same(prometheus: str, tmp_path: Path) -> None:
    found = report(prometheus, tmp_path, "Europe/Berlin")

    folder = tmp_path / "out"
    rows, outages = (
        list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))
        for name in ("2026-10.csv", "2026-10-outages.csv")
    )
    texts = [(folder / f"2026-10.{ending}").read_text(encoding="utf-8") for ending in ("md", "html")]
    fleet = {one["id"]: one for one in found["all_projects"]["objectives"]}
    for row in rows[:4]:
        assert float(row["value"]) == fleet[row["indicator"]]["value"]
    assert len(outages) == len(found["outages"])
    for text in texts:
        for query in queries.published():
            assert query in text.replace("&gt;", ">")
        assert "ab" * 32 in text
        assert all(one["workspace"] in text for one in found["outages"])
        assert not any(name in text for name in ("alice", "bob", "carol", "dora"))
