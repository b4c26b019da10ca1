import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.archive import export_snapshot, import_snapshot
from services.conda_mirror.check import verify
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.snapshots import Snapshots, content_digest
from tests.services.conda_mirror.support import run

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def archive(mirror: Path, tmp_path: Path) -> Path:
    path = tmp_path / "snapshot.tar"
    export_snapshot(mirror, "latest", path)
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The mirror's folder of another site."""
    return tmp_path / "other"


def _rewrite(archive: Path, change: Callable[[Members], Members]) -> None:
    with tarfile.open(archive) as source:
        members = [(member, source.extractfile(member).read()) for member in source]  # type: ignore[union-attr]
    with tarfile.open(archive, "w") as target:
        for member, content in change(members):
            if member.isreg():
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))


def _refused(archive: Path, other: Path, match: str) -> None:
    with pytest.raises(MirrorError, match=match):
        import_snapshot(other, archive)
    assert Snapshots(other).identifiers() == []
    assert Snapshots(other).latest() is None


def test_a_snapshot_arrives_as_it_left(mirror: Path, archive: Path, other: Path) -> None:
    manifest = import_snapshot(other, archive)

    assert Snapshots(other).latest() == Snapshots(mirror).latest() == manifest.id
    assert verify(other)[1] == []
    here = {
        str(p.relative_to(mirror / "latest")): p.read_bytes() for p in (mirror / "latest").rglob("*") if p.is_file()
    }
    there = {str(p.relative_to(other / "latest")): p.read_bytes() for p in (other / "latest").rglob("*") if p.is_file()}
    assert {path: content for path, content in there.items() if path != "snapshot.json"} == {
        path: content for path, content in here.items() if path != "snapshot.json"
    }


def test_the_same_snapshot_gives_the_same_archive(mirror: Path, archive: Path, tmp_path: Path) -> None:
    export_snapshot(mirror, "latest", tmp_path / "again.tar")

    assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()


def test_importing_twice_changes_nothing(archive: Path, other: Path) -> None:
    first = import_snapshot(other, archive)

    assert import_snapshot(other, archive) == first
    assert Snapshots(other).identifiers() == [first.id]


def test_can_stay_in_waiting(archive: Path, other: Path) -> None:
    manifest = import_snapshot(other, archive, current=False)

    assert Snapshots(other).identifiers() == [manifest.id]
    assert Snapshots(other).latest() is None


def test_a_changed_byte(archive: Path, other: Path) -> None:
    def change(members: Members) -> Members:
        largest = max(members, key=lambda member: len(member[1]))
        return [(m, b"y" + c[1:] if m is largest[0] else c) for m, c in members]

    _rewrite(archive, change)

    _refused(archive, other, "damaged or tampered with")


def test_a_file_that_is_missing(archive: Path, other: Path) -> None:
    _rewrite(archive, lambda members: members[:-1])

    _refused(archive, other, "incomplete, 1 of .* files are missing")


def test_a_truncated_archive(archive: Path, other: Path) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])

    _refused(archive, other, "damaged")


@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped", "objects/../../escaped", "objects/" + "0" * 64])
def test_a_file_that_no_manifest_names(name: str, archive: Path, other: Path, tmp_path: Path) -> None:
    _rewrite(archive, lambda members: [*members, (tarfile.TarInfo(name), b"x")])

    _refused(archive, other, "which its manifest does not name")
    assert not list(tmp_path.rglob("escaped"))


def test_a_link_in_place_of_a_file(archive: Path, other: Path) -> None:
    def change(members: Members) -> Members:
        link = tarfile.TarInfo(members[1][0].name)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        return [members[0], (link, b""), *members[2:]]

    _rewrite(archive, change)

    _refused(archive, other, "which its manifest does not name")


def _forge(archive: Path, change: Callable[[dict[str, Any]], None], extra: bytes | None = None) -> None:
    """Change the manifest and make its digest fit again, as somebody would who knows how."""

    def forged(members: Members) -> Members:
        manifest = json.loads(members[0][1])
        change(manifest)
        files = {path: tuple(file) for path, file in manifest["files"].items()}
        manifest["digest"] = content_digest(manifest["channels"], files)  # type: ignore[arg-type]
        manifest["id"] = manifest["id"].split("-")[0] + "-" + manifest["digest"][:12]
        named = {sha256 for sha256, _ in manifest["files"].values()}
        kept = [member for member in members[1:] if member[0].name.split("/")[1] in named]
        if extra is not None:
            import hashlib

            kept.append((tarfile.TarInfo(f"objects/{hashlib.sha256(extra).hexdigest()}"), extra))
        return [(members[0][0], json.dumps(manifest).encode()), *kept]

    _rewrite(archive, forged)


@pytest.mark.parametrize(
    "path", ["../../../etc/x.conda", "main/noarch/../../x.conda", "/main/noarch/x.conda", "main/x"]
)
def test_a_manifest_that_leads_out_of_the_channel(path: str, archive: Path, other: Path) -> None:
    def move(manifest: dict[str, Any]) -> None:
        name = next(name for name in manifest["files"] if name.endswith(".conda"))
        manifest["files"][path] = manifest["files"].pop(name)

    _forge(archive, move)

    _refused(archive, other, "not a snapshot's manifest: ")


def test_a_manifest_without_a_package_that_the_index_names(archive: Path, other: Path) -> None:
    _forge(archive, lambda manifest: manifest["files"].pop("main/noarch/foo-1.1-0.conda"))

    _refused(archive, other, r"foo-1\.1-0\.conda: is in the index, but not here")


def test_an_index_that_leads_off_the_mirror(archive: Path, other: Path) -> None:
    import hashlib

    index = json.dumps({"info": {"subdir": "noarch", "base_url": "https://evil.example"}, "packages": {}}).encode()

    def plant(manifest: dict[str, Any]) -> None:
        manifest["files"]["main/noarch/repodata.json"] = [hashlib.sha256(index).hexdigest(), len(index)]

    _forge(archive, plant, index)

    _refused(archive, other, "`info` has base_url, which could lead clients off the mirror")


def test_something_else(tmp_path: Path, other: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with tarfile.open(tmp_path / "other.tar", "w") as target:
        target.addfile(tarfile.TarInfo("README"))

    _refused(tmp_path / "text", other, "not an archive that `export` wrote")
    _refused(tmp_path / "other.tar", other, "not an archive that `export` wrote")
    _refused(tmp_path / "nothing", other, "cannot be read: No such file")


def test_a_damaged_snapshot_is_not_exported(mirror: Path, tmp_path: Path) -> None:
    package = mirror / "latest/main/linux-64/big-1.0-0.conda"
    package.chmod(0o644)
    package.write_bytes(b"x" * package.stat().st_size)

    with pytest.raises(MirrorError, match=r"big-1\.0-0\.conda of .* is damaged"):
        export_snapshot(mirror, "latest", tmp_path / "snapshot.tar")

    assert not [path for path in tmp_path.iterdir() if "snapshot.tar" in path.name]


def test_the_commands(mirror: Path, other: Path, tmp_path: Path) -> None:
    out = run("export", "--root", mirror, tmp_path / "one.tar")
    back = run("import", "--root", other, tmp_path / "one.tar")

    assert (out.returncode, back.returncode) == (0, 0)
    assert "4 packages written to" in out.stdout
    assert "every file checked; current" in back.stdout
    missing = run("export", "--root", other, tmp_path / "two.tar", "--snapshot", "20200101T000000Z-000000000000")
    assert missing.returncode == 1
    assert "has no snapshot `20200101T000000Z-000000000000`. There: " in missing.stderr
