"""Bad input: one clear message each."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.service_levels.__main__ import main
from services.service_levels.contract import ContractError, read_contract
from services.service_levels.errors import ServiceLevelsError
from services.service_levels.history import History
from services.service_levels.notes import NoteError, parse, read_notes
from services.service_levels.opaque import Ids
from services.service_levels.prometheus import Prometheus, PrometheusError, quoted
from tests.services.service_levels import october
from tests.services.service_levels.servers import answering

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "is not a contract of version 1"),
        ({"timeZone": "Mars/Base"}, "`Mars/Base` is not a time zone"),
        ({"objectives": {}}, "has no startSuccess"),
        ({"maintenance": [{"name": "a", "start": "2026-10-01T00:00", "end": "2026-10-01T01:00"}]}, "has no offset"),
        ({"projects": ["ws-vision"]}, "is not a contract"),
    ],
)
def test_refuses_a_contract_that_is_none(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        read_contract(october.written(tmp_path, **change))


def test_a_missing_contract_is_one_line_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--contract", str(tmp_path / "none"), "--data", str(tmp_path), "--output", str(tmp_path)]

    code = main(["report", *where, "--prometheus", "http://127.0.0.1:9"])

    said = capsys.readouterr().err
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith(f"error: {tmp_path / 'none'} is not there; it is the file `contract.json`")


@pytest.mark.parametrize("command", ["report", "status-page"])
def test_help_names_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(option in said for option in ("--contract", "--prometheus", "--data", "--output", "--id-key-file"))


def test_a_month_that_has_not_begun_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--contract", str(october.written(tmp_path)), "--data", str(tmp_path), "--output", str(tmp_path)]

    code = main(["report", *where, "--prometheus", "http://127.0.0.1:9", "--month", "2099-01"])

    assert (code, capsys.readouterr().err) == (1, "error: 2099-01 has not begun\n")


def test_all_bad_notes_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("no head", encoding="utf-8")
    (tmp_path / "b.md").write_text("---\ntitle: B\nstart: 2026-10-01T00:00:00\n---\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("not a note", encoding="utf-8")

    with pytest.raises(NoteError) as refused:
        read_notes(tmp_path)

    assert "2 note(s) cannot be read" in str(refused.value)
    assert "a.md: begin it with a line ---" in str(refused.value)
    assert "b.md: start has no offset from UTC" in str(refused.value)


@given(st.text())
def test_a_note_is_parsed_or_refused_with_a_reason(text: str) -> None:
    head = "---\ntitle: T\nstart: 2026-10-01T00:00:00Z\n---\n"

    found = parse("note", head + text)

    assert "<script" not in found.html
    assert found.start == NOW


def test_a_damaged_day_is_named(tmp_path: Path) -> None:
    contract = read_contract(october.written(tmp_path, "UTC"))
    kept = History(tmp_path, contract)
    day = october_day(contract)
    kept.folder.mkdir(parents=True)
    (kept.folder / "2026-10-01.json").write_text("{", encoding="utf-8")

    with pytest.raises(ServiceLevelsError, match=r"2026-10-01\.json is damaged; delete it"):
        kept.read(day)


def october_day(contract: Any) -> Any:
    from services.service_levels.days import days_before

    return days_before(NOW, 1, contract.zone)[0]


def test_ids_are_stable_by_key_and_tell_nothing(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n", encoding="utf-8")

    one, other, keyless = Ids.of(key), Ids.of(key), Ids.of(None)

    assert one.of_workspace("ws-vision", "alice") == other.of_workspace("ws-vision", "alice")
    assert one.of_workspace("ws-vision", "alice") != one.of_workspace("ws-vision", "bob")
    assert keyless.of_workspace("ws-vision", "alice") != one.of_workspace("ws-vision", "alice")
    key.write_text("short", encoding="utf-8")
    with pytest.raises(ServiceLevelsError, match="is too short for a key"):
        Ids.of(key)


def result(kind: str, items: Any) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": items}}).encode()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, b"<html>"), "does not answer"),
        ((400, b"bad"), "HTTP Status Code 400"),
        ((200, result("scalar", [1, "1"])), "did not answer `x` with a vector"),
        ((200, b'{"status": "success"}'), "does not answer"),
        (
            (200, result("vector", [{"metric": {"namespace": "a", "replica": r}, "value": [1, "1"]} for r in "xy"])),
            "has two values for namespace a",
        ),
    ],
)
def test_answers_that_are_none_are_one_message(answer: tuple[int, bytes], message: str) -> None:
    with answering(lambda _: answer) as (url, _), pytest.raises(PrometheusError, match=message):
        Prometheus(url).by_namespace("x", NOW)


def test_not_a_number_is_no_value() -> None:
    items = [{"metric": {"namespace": name}, "value": [1, value]} for name, value in (("a", "NaN"), ("b", "2"))]
    with answering(lambda _: (200, result("vector", items))) as (url, _):
        assert Prometheus(url).by_namespace("x", NOW) == {"b": 2.0}


def test_any_web_page_is_not_prometheus() -> None:
    with (
        answering(lambda _: (200, result("vector", []))) as (url, _),
        pytest.raises(PrometheusError, match="but not as"),
    ):
        Prometheus(url).check()


def test_the_token_is_sent_and_netrc_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc, token = tmp_path / "netrc", tmp_path / "token"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    netrc.chmod(0o600)
    token.write_text("secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with answering(lambda _: (200, result("vector", []))) as (url, asked):
        Prometheus(url, token_file=token).vector("x", NOW)

    assert asked[0].headers["Authorization"] == "Bearer secret"
    assert "partial_response=false" in asked[0].path


@given(st.text())
def test_quoted_values_cannot_leave_their_quotes(text: str) -> None:
    inner = quoted(text)[1:-1].replace("\\\\", "")

    assert '"' not in inner.replace('\\"', "")
    assert "\n" not in inner
