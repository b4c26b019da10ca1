"""Volumes as files with a file system; the mounts themselves are made by a node, in test_real_node.py."""

import subprocess

import pytest

from tools.node import disks


def test_a_machine_that_cannot_mount_files_has_plain_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    disks.provide(tmp_path / "pvc-1", 1 << 30)
    disks.provide(tmp_path / "pvc-1", 2 << 30)

    assert [path.name for path in tmp_path.iterdir()] == ["pvc-1"]
    assert (tmp_path / "pvc-1").is_dir()


def test_a_folder_that_is_there_stays_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(disks, "possible", lambda: True)
    (tmp_path / "pvc-1").mkdir()
    (tmp_path / "pvc-1" / "file").write_text("kept")

    disks.provide(tmp_path / "pvc-1", 1 << 30)

    assert not disks.file_of(tmp_path / "pvc-1").exists()
    assert (tmp_path / "pvc-1" / "file").read_text() == "kept"


def test_a_volume_that_cannot_be_mounted_is_no_empty_folder(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mount").write_text("#!/bin/sh\necho 'no such luck' >&2\nexit 32\n")
    (tmp_path / "bin" / "mount").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    root = tmp_path / "volumes"
    root.mkdir()
    disks.file_of(root / "pvc-1").write_bytes(b"")
    (root / "pvc-1").mkdir()  # of the last start

    assert disks.mount_all(root) == ["pvc-1.ext4: no such luck"]
    assert not (root / "pvc-1").exists()
    with pytest.raises(subprocess.CalledProcessError):
        disks.provide(root / "pvc-1", 1 << 30)


def test_what_is_in_the_place_of_a_volume_is_not_hidden(tmp_path):
    disks.file_of(tmp_path / "pvc-1").write_bytes(b"")
    (tmp_path / "pvc-1").mkdir()
    (tmp_path / "pvc-1" / "file").write_text("somebody's")

    (problem,) = disks.mount_all(tmp_path)

    assert "not empty" in problem
    assert (tmp_path / "pvc-1" / "file").exists()


def test_a_removed_volume_takes_its_content_along(tmp_path):
    (tmp_path / "pvc-1").mkdir()
    (tmp_path / "pvc-1" / "file").write_text("x")
    disks.file_of(tmp_path / "pvc-1").write_bytes(b"x")

    disks.remove(tmp_path / "pvc-1")

    assert list(tmp_path.iterdir()) == []
