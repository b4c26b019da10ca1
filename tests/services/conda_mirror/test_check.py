import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.check import index_problems, verify
from services.conda_mirror.snapshots import Manifest, Snapshots
from tests.services.conda_mirror.support import Upstream, configure, run, sync

BIG = "main/linux-64/big-1.0-0.conda"


def test_a_sound_snapshot(mirror: Path) -> None:
    assert verify(mirror)[1] == []


def _change_byte(path: Path) -> None:
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"\0" + content[1:])


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (_change_byte, f"{BIG}: "),
        (lambda path: path.unlink(), f"{BIG}: missing"),
        (lambda path: path.with_name("planted-1.0-0.conda").write_bytes(b""), "planted-1.0-0.conda: is in no manifest"),
    ],
)
def test_damage_is_found(damage: Callable[[Path], None], problem: str, mirror: Path) -> None:
    damage(mirror / "latest" / BIG)

    problems = verify(mirror)[1]

    assert len(problems) == 1
    assert problem in problems[0]


def test_the_command(mirror: Path) -> None:
    good = run("verify", "--root", mirror, "--all")
    _change_byte(mirror / "latest" / BIG)
    bad = run("verify", "--root", mirror)

    assert good.returncode == 0
    assert "files are what they should be" in good.stdout
    assert bad.returncode == 1
    assert BIG in bad.stderr
    assert "Traceback" not in bad.stderr


def test_damage_can_be_repaired(mirror: Path, upstream: Upstream, tmp_path: Path) -> None:
    configuration = configure(tmp_path, [upstream.source()], take={"specs": ["bar", "foo", "big"]})
    damaged = [BIG, "main/noarch/repodata.json.zst"]
    for path in damaged:
        _change_byte(mirror / "latest" / path)
    (mirror / "latest/main/noarch/foo-1.0-0.conda").unlink()

    done = run("verify", "--root", mirror, "--repair")
    summary = sync(mirror, configuration)

    assert done.returncode == 1
    assert "2 damaged content(s) removed; run `sync` now" in done.stderr
    assert (summary.changed, summary.new) == (False, 1)
    assert verify(mirror)[1] == []


@pytest.mark.parametrize(
    ("path", "change", "problem"),
    [
        ("repodata.json", lambda index: index["info"].update(base_url="x"), "`info` has base_url"),
        ("repodata.json", lambda index: index["packages.conda"]["foo-1.1-0.conda"].update(url="x"), "addresses"),
        ("repodata.json", lambda index: index["packages.conda"].pop("foo-1.1-0.conda"), "is in no index"),
        ("repodata.json", lambda index: index["packages.conda"].update(x={"name": "x"}), "in the index, but not here"),
        (
            "repodata.json",
            lambda index: index["packages.conda"]["foo-1.0-0.conda"].update(sha256="0"),
            "another sha256",
        ),
        ("repodata.json", lambda index: index["packages.conda"]["foo-1.0-0.conda"].update(depends=["x"]), "shards say"),
        ("repodata.json", lambda index: index.pop("info"), "index is damaged"),
    ],
)
def test_indexes_that_do_not_fit(path: str, change: Callable[[Any], object], problem: str, mirror: Path) -> None:
    manifest: Manifest = Snapshots(mirror).manifest("latest")

    def read(name: str) -> bytes:
        content = (mirror / "latest" / name).read_bytes()
        if name != f"main/noarch/{path}":
            return content
        index = json.loads(content)
        change(index)
        return json.dumps(index).encode()

    assert any(problem in found for found in index_problems(manifest, read))
