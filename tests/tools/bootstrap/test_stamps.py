from pathlib import Path

import pytest

from tools.bootstrap.stamps import Installed, Record, content_key, load_record, source_files


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "deep").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.org/x\n")
    (folder / "deep" / "main.go").write_text("package main\n")
    return folder


def key(source: Path, *words: str) -> str:
    return content_key(source.parent, source_files(source), *words)


def test_key_stays_when_nothing_changes(source: Path) -> None:
    assert key(source, "flag") == key(source, "flag")


@pytest.mark.parametrize("change", ["content", "name", "new file", "word", "words joined"])
def test_key_changes_with_every_input(source: Path, change: str) -> None:
    words = ["-tags", "a"]
    before = key(source, *words)
    match change:
        case "content":
            (source / "deep" / "main.go").write_text("package other\n")
        case "name":
            (source / "go.mod").rename(source / "go.work")
        case "new file":
            (source / "empty.go").touch()
        case "word":
            words = ["-tags", "b"]
        case "words joined":
            words = ["-tagsa"]

    assert key(source, *words) != before


def test_key_changes_when_the_clone_moves(source: Path, tmp_path: Path) -> None:
    before = key(source)
    moved = tmp_path / "elsewhere" / "source"
    moved.parent.mkdir()
    source.rename(moved)

    assert key(moved) != before


def test_caches_do_not_count(source: Path) -> None:
    before = key(source)
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"x")
    (source / "stray.pyc").write_bytes(b"x")

    assert key(source) == before


def test_record_is_read_back_as_written(tmp_path: Path) -> None:
    record = Record(
        "key", "1.26.8", [["/usr/bin/etcd", 12, 34]], {"etcd": Installed("found", "3.6.1", "/usr/bin/etcd", 12)}
    )
    path = tmp_path / "stamps" / "group.json"

    record.save(path)

    assert load_record(path) == record
    assert [entry.name for entry in path.parent.iterdir()] == ["group.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"key": "x"}', '{"key": "", "go": "", "candidates": [], "tools": {"a": {"b": 1}}}']
)
def test_damaged_record_counts_as_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "group.json"
    path.write_text(text)

    assert load_record(path) == Record()


def test_missing_record_counts_as_empty(tmp_path: Path) -> None:
    assert load_record(tmp_path / "none.json") == Record()


@pytest.mark.parametrize("damage", ["shorter", "gone", "not executable"])
def test_notices_a_tool_that_changed(tmp_path: Path, damage: str) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    installed = Installed.of("built", "1.0.0", tool)
    assert installed.intact()

    match damage:
        case "shorter":
            tool.write_text("#!")
        case "gone":
            tool.unlink()
        case "not executable":
            tool.chmod(0o644)

    assert not installed.intact()
