"""The settings page and the schema file are made from the models and up to date."""

import re

from settings.schema import settings_schema
from tests.settings.examples import ROOT
from tools.settings_docs import __main__ as settings_docs
from tools.settings_docs.page import page


def test_the_committed_files_are_up_to_date(capsys):
    assert settings_docs.main(["--check"]) == 0, capsys.readouterr().err


def test_stale_files_are_found_and_rewritten(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(settings_docs, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/settings.md").write_text("old", encoding="utf-8")

    assert settings_docs.main(["--check"]) == 1
    assert "docs/settings.md: not up to date; run: python -m tools.settings_docs" in capsys.readouterr().err
    assert (tmp_path / "docs/settings.md").read_text(encoding="utf-8") == "old"

    assert settings_docs.main([]) == 0
    assert settings_docs.main(["--check"]) == 0
    assert (tmp_path / "docs/settings.md").read_text(encoding="utf-8") == page()


def test_every_key_of_every_part_is_on_the_page():
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    models = [*settings_schema()["$defs"].values()]

    missing = [key for model in models for key in model["properties"] if f"| `{key}` |" not in text]

    assert missing == []
    assert all(f"## `{key}`" in text for key in settings_schema()["properties"])


def test_tables_have_four_cells_a_row():
    rows = [line for line in page().splitlines() if line.startswith("| `")]

    assert len(rows) > 80
    assert all(len(re.split(r"(?<!\\)\|", row)) == 6 for row in rows)
