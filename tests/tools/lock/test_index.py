import json
from pathlib import Path

import pytest

from tools.lock import LockError
from tools.lock.index import Entry, Index, read_index, write_index, write_text

ENTRY = Entry("base", None, "3.10", False, ["yaml"], "abc", {"base-py310.lock": "0" * 64})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    index = Index({"content": None}, {"base-py310": ENTRY}, "inputs", ["newer (Python 3.12)"])

    write_index(tmp_path, index)

    assert read_index(tmp_path) == index


def test_no_index_is_an_empty_one(tmp_path: Path) -> None:
    assert read_index(tmp_path) == Index()


def test_the_index_of_another_version_of_the_tool_counts_as_none(tmp_path: Path) -> None:
    write_index(tmp_path, Index({}, {"base-py310": ENTRY}))
    path = tmp_path / "locks.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 0}))

    assert read_index(tmp_path) == Index()


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1}', '{"format": 1, "options": {}, "layers": {"a": {}}}'])
def test_a_broken_index_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "locks.json").write_text(text)

    with pytest.raises(LockError, match=r"locks\.json cannot be read"):
        read_index(tmp_path)


def test_an_unchanged_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_text(path, "text")
    before = path.stat()

    write_text(path, "text")

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
