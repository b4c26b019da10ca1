"""Disks that are too small or fill up."""

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.check import verify
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.steps import two_configurations
from tests.services.conda_mirror.support import (
    Upstream,
    names,
    run,
    sync,
)

BIG = "big-1.0-0.conda"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"this machine lets nobody mount: {mounted.stderr}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_written(
    upstream: Upstream, small_disk: Path, tmp_path: Path
) -> None:
    _, large = two_configurations(upstream, tmp_path)
    root = small_disk / "mirror"

    with pytest.raises(MirrorError, match=r"no room in .*: 3\.\d MB to download, .* free"):
        sync(root, large)

    assert not any((root / "incoming").iterdir())


def test_a_disk_that_fills_up_leaves_the_current_snapshot(upstream: Upstream, small_disk: Path, tmp_path: Path) -> None:
    small, large = two_configurations(upstream, tmp_path)
    root = small_disk / "mirror"

    def hide_sizes(index: dict[str, Any]) -> None:
        for record in index["packages.conda"].values():
            del record["size"]

    for subdir in ("noarch", "linux-64"):
        upstream.change(hide_sizes, subdir)
    first = sync(root, small)

    done = run("sync", "--config", large.path, "--root", root)

    assert done.returncode == 1
    assert "no room in" in done.stderr
    assert "Traceback" not in done.stderr
    assert Snapshots(root).identifiers() == [first.snapshot]
    assert verify(root)[1] == []

    subprocess.run(["mount", "-o", "remount,size=32m", small_disk], check=True)
    assert run("sync", "--config", large.path, "--root", root).returncode == 0
    assert names(root, "linux-64") == {BIG, "bar-1.0-0.conda"}


def test_a_limit_on_file_sizes_leaves_the_current_snapshot(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    small, large = two_configurations(upstream, tmp_path)
    first = sync(root, small)

    done = run(
        "sync",
        "--config",
        large.path,
        "--root",
        root,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )

    assert done.returncode == 1
    assert "no room in" in done.stderr
    assert Snapshots(root).latest() == first.snapshot
    assert verify(root)[1] == []
