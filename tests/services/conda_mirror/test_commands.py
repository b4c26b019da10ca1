import io
import json
from pathlib import Path

import pytest

from services.conda_mirror.progress import Progress, human
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.support import Upstream, configure, run

COMMANDS = ("sync", "gc", "verify", "export", "import", "serve", "node-cache", "status")


def test_help_names_every_command() -> None:
    done = run("--help")

    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = run(command, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith("usage: ")


@pytest.mark.parametrize(
    "arguments",
    [(), ("fly",), ("sync",), ("gc", "--root", "x", "--age", "long"), ("serve", "--root", "x", "--port", "99999")],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert "usage: " in done.stderr


def test_sync_has_a_summary_for_people_and_for_programs(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    path = configure(tmp_path, [upstream.source()], take={"specs": ["foo", "bar"]}, excludeNewer="2024-06-01").path

    people = run("sync", "--config", path, "--root", root)
    programs = run("sync", "--config", path, "--root", root, "--json")

    assert people.returncode == programs.returncode == 0
    identifier = Snapshots(root).latest()
    assert people.stdout.startswith(f"new snapshot {identifier}: 2 packages (2 downloaded, ")
    assert "left out by the filters: 1 package(s)\n  foo=1.1=0: built after 2024-06-01 00:00 UTC" in people.stdout
    summary = json.loads(programs.stdout)
    assert (summary["snapshot"], summary["changed"], summary["packages"]) == (identifier, False, 2)


def test_status(mirror: Path, tmp_path: Path) -> None:
    people, programs = run("status", "--root", mirror), run("status", "--root", mirror, "--json")
    empty = run("status", "--root", tmp_path / "empty")

    identifier = Snapshots(mirror).latest()
    assert f"1 snapshot(s), 3.2 MB on disk, current: {identifier}" in people.stdout
    found = json.loads(programs.stdout)
    assert (found["latest"], found["snapshots"][0]["packages"]) == (identifier, 4)
    assert "0 snapshot(s), 0 B on disk, current: none" in empty.stdout
    assert (people.returncode, programs.returncode, empty.returncode) == (0, 0, 0)


def test_verifying_nothing_says_what_to_do(tmp_path: Path) -> None:
    done = run("verify", "--root", tmp_path)

    assert done.returncode == 1
    assert "has no snapshot `latest`. There: none yet; run `sync` first" in done.stderr


def test_a_folder_that_cannot_be_written(upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = configure(tmp_path, [upstream.source()], take={"specs": ["foo"]}).path

    done = run("sync", "--config", path, "--root", tmp_path / "file" / "mirror")

    assert done.returncode == 1
    assert done.stderr == f"error: cannot write to {tmp_path}/file/mirror: Not a directory\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.conda_mirror.progress.BAR_SECONDS", 0)
    stream = _Terminal()
    progress = Progress(2, 2_000_000, stream)

    progress.add(1_000_000)
    half = stream.getvalue()
    progress.add(1_000_000)
    progress.close()

    assert f"[{'#' * 15}{' ' * 15}] 1/2 files, 1.0 MB of 2.0 MB" in half
    assert f"[{'#' * 30}] 2/2 files, 2.0 MB of 2.0 MB" in stream.getvalue()
    assert stream.getvalue().endswith("\n")


def test_lines_now_and_then_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    progress = Progress(2, 0, stream)
    progress.add(10)
    assert stream.getvalue() == ""

    monkeypatch.setattr("services.conda_mirror.progress.LINE_SECONDS", 0)
    progress.add(10)
    progress.close()

    assert stream.getvalue() == "2/2 files, 20 B of 0 B\n"


def test_sizes_for_people() -> None:
    assert [human(size) for size in (0, 999, 1000, 1_500_000, 2_000_000_000, 3e12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.5 MB",
        "2.0 GB",
        "3.0 TB",
    ]
