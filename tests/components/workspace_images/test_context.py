"""Build contexts: exactly the files that are named, hashed and written so that the same is the same."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.workspace_images.context import SOURCE_DATE_EPOCH, File, Layer, listed_files, write
from components.workspace_images.problem import ImagesError

TEXTS = st.dictionaries(st.text("ab/", min_size=1, max_size=4), st.binary(max_size=4), max_size=3)


def layer(**changes) -> Layer:
    base = {"name": "default", "target": "environment", "files": {"Dockerfile": File(b"FROM scratch\n")}}
    return Layer(**(base | changes))


@pytest.fixture
def root(tmp_path):
    """A repository with a context.yml."""
    folder = tmp_path / "images"
    (folder / "package" / "__pycache__").mkdir(parents=True)
    (folder / "package" / "__pycache__" / "a.pyc").write_bytes(b"x")
    (folder / "package" / "a.py").write_text("a = 1\n")
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o700)
    (folder / "context.yml").write_text(
        "targets: {base: {files: [{from: images/run, to: bin/run}, {from: images/package, to: lib}]}}"
    )
    return tmp_path


def test_files_and_whole_folders_are_taken_but_for_caches(root):
    files = listed_files(root, "images", "base")

    assert files == {"bin/run": File(b"#!/bin/sh\n", executable=True), "lib/a.py": File(b"a = 1\n")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("targets: {}", "has no list of files for the target base; write targets: {base: {files:"),
        ("[", "has no list of files for the target base"),
        ("targets: {base: {files: [{from: images/run}]}}", "has no list of files"),
        ("targets: {base: {files: [{from: nowhere, to: a}]}}", "names nowhere, which does not exist"),
    ],
)
def test_a_wrong_list_is_one_message(root, text, message):
    (root / "images/context.yml").write_text(text)

    with pytest.raises(ImagesError, match=r"images/context\.yml") as error:
        listed_files(root, "images", "base")

    assert message in str(error.value)


def test_a_missing_list_is_one_message(tmp_path):
    with pytest.raises(ImagesError, match=r"images/context.yml: cannot be read \(No such file"):
        listed_files(tmp_path, "images", "base")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"target": "common"},
        {"files": {"Dockerfile": File(b"FROM other\n")}},
        {"files": {"Dockerfile2": File(b"FROM scratch\n")}},
        {"files": {"Dockerfile": File(b"FROM scratch\n", executable=True)}},
        {"arguments": {"DEBIAN": "a"}},
        {"below_hash": "1"},
    ],
)
def test_everything_that_decides_an_image_is_in_its_hash(changes):
    assert layer(**changes).content_hash != layer().content_hash
    assert layer(**changes).content_hash == layer(**changes).content_hash
    assert len(layer().content_hash) == 20


@given(TEXTS, TEXTS)
def test_different_files_never_look_alike(one, other):
    hashes = [layer(files={path: File(text) for path, text in files.items()}).content_hash for files in (one, other)]

    assert (hashes[0] == hashes[1]) == (one == other)


def test_a_context_is_written_once_with_fixed_modes_and_times(tmp_path):
    made = layer(files={"Dockerfile": File(b"FROM scratch\n"), "bin/run": File(b"#!/bin/sh\n", executable=True)})
    before = os.umask(0o077)
    try:
        folder = write(made, tmp_path)
    finally:
        os.umask(before)

    assert folder.name == f"default-{made.content_hash}"
    modes = {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert modes == {"Dockerfile": 0o644, "bin": 0o755, "bin/run": 0o755}
    assert {path.stat().st_mtime for path in [folder, *folder.rglob("*")]} == {SOURCE_DATE_EPOCH}
    assert write(made, tmp_path) == folder
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "images").write_text("in the way")

    with pytest.raises(ImagesError, match="the build context cannot be written"):
        write(layer(), Path(tmp_path, "images"))
