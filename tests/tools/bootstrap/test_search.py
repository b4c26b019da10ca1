from pathlib import Path

from tools.bootstrap.search import files_on_path, fingerprint
from tools.bootstrap.workplace import Workplace


def make(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def place(root: Path, *folders: Path | str) -> Workplace:
    return Workplace(root, {"PATH": ":".join(map(str, folders))})


def test_finds_every_executable_in_the_order_of_path(tmp_path: Path) -> None:
    first = make(tmp_path / "a" / "tool")
    make(tmp_path / "b" / "tool", mode=0o644)
    third = make(tmp_path / "c" / "tool")

    found = list(files_on_path(place(tmp_path, tmp_path / "a", tmp_path / "b", tmp_path / "c"), "tool"))

    assert found == [first, third]


def test_leaves_the_clones_own_tools_out(tmp_path: Path) -> None:
    own = Workplace(tmp_path, {})
    make(own.bin / "tool")
    make(own.venv / "bin" / "tool")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "tool").symlink_to(own.bin / "tool")

    found = list(files_on_path(place(tmp_path, own.bin, own.venv / "bin", tmp_path / "links"), "tool"))

    assert found == []


def test_leaves_relative_and_empty_entries_out(tmp_path: Path, monkeypatch) -> None:
    make(tmp_path / "tool")
    monkeypatch.chdir(tmp_path)

    assert list(files_on_path(place(tmp_path, "", ".", "nowhere"), "tool")) == []


def test_a_file_that_two_entries_show_counts_once(tmp_path: Path) -> None:
    make(tmp_path / "usr" / "tool")
    (tmp_path / "bin").symlink_to(tmp_path / "usr")

    assert len(list(files_on_path(place(tmp_path, tmp_path / "usr", tmp_path / "bin"), "tool"))) == 1


def test_the_fingerprint_changes_when_another_file_could_be_chosen(tmp_path: Path) -> None:
    where = place(tmp_path, tmp_path / "a", tmp_path / "b")
    make(tmp_path / "b" / "tool")
    before = fingerprint(where, ["tool"])

    assert fingerprint(where, ["tool"]) == before
    make(tmp_path / "a" / "tool")
    assert fingerprint(where, ["tool"]) != before
