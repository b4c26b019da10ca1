import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tools.fixture_channel.index import write_index
from tools.fixture_channel.package import PLACEHOLDER, Metadata, write_package


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "run").write_text(f"#!{PLACEHOLDER}/bin/python\n")
    (folder / "bin" / "run").chmod(0o700)
    (folder / "lib").mkdir()
    (folder / "lib" / "libx.so.1").write_bytes(b"\x7fELF\0" + PLACEHOLDER.encode())
    (folder / "lib" / "libx.so").symlink_to("libx.so.1")
    return folder


METADATA = Metadata("small", "1.0", "0", "linux-64", depends=["python >=3.10"], license="MIT", summary="A small one")


def members(path: Path, part: str) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.startswith(part))
        content = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(archive.read(name))).read()
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isfile() else None
            found[entry.name] = (entry, file.read() if file else b"")
    return found


def info(path: Path, name: str) -> Any:
    return json.loads(members(path, "info-")[f"info/{name}"][1])


def test_a_package_has_files_with_fixed_owner_mode_and_time(tree: Path, tmp_path: Path) -> None:
    write_package(tree, METADATA, tmp_path / "channel")

    found = members(tmp_path / "channel/linux-64/small-1.0-0.conda", "pkg-")
    assert set(found) == {"bin/run", "lib/libx.so", "lib/libx.so.1"}
    assert {name: oct(entry.mode) for name, (entry, _) in found.items() if entry.isfile()} == {
        "bin/run": "0o755",
        "lib/libx.so.1": "0o644",
    }
    assert found["lib/libx.so"][0].linkname == "libx.so.1"
    assert {(entry.uid, entry.gid, entry.uname) for entry, _ in found.values()} == {(0, 0, "")}
    assert len({entry.mtime for entry, _ in found.values()}) == 1


def test_the_prefix_is_recorded_in_text_alone(tree: Path, tmp_path: Path) -> None:
    write_package(tree, METADATA, tmp_path / "channel")

    paths = info(tmp_path / "channel/linux-64/small-1.0-0.conda", "paths.json")["paths"]
    recorded = {path["_path"]: path.get("prefix_placeholder") for path in paths}
    assert recorded == {"bin/run": PLACEHOLDER, "lib/libx.so": None, "lib/libx.so.1": None}
    assert len(PLACEHOLDER) == 255
    run = next(path for path in paths if path["_path"] == "bin/run")
    assert run["sha256"] == hashlib.sha256((tree / "bin/run").read_bytes()).hexdigest()


def test_the_same_files_give_the_same_bytes_at_any_time(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write_package(tree, METADATA, tmp_path / "one")
    (tree / "bin" / "run").touch()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    two = write_package(tree, METADATA, tmp_path / "two")

    assert one == two
    content = (tmp_path / "one/linux-64/small-1.0-0.conda").read_bytes()
    assert one["sha256"] == hashlib.sha256(content).hexdigest()
    assert one["size"] == len(content)


def test_python_packages_say_their_programs(tree: Path, tmp_path: Path) -> None:
    metadata = Metadata("small", "1.0", "py_0", "noarch", noarch="python", entry_points=["run=small:main"])

    record = write_package(tree, metadata, tmp_path / "channel")

    link = info(tmp_path / "channel/noarch/small-1.0-py_0.conda", "link.json")
    assert link["noarch"] == {"entry_points": ["run=small:main"], "type": "python"}
    assert (record["noarch"], record["arch"]) == ("python", None)


def test_the_index_has_each_package_in_the_folder_of_its_platform(tree: Path, tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    records = [
        write_package(tree, METADATA, channel),
        write_package(tree, Metadata("pure", "2.0", "py_0", "noarch", noarch="python"), channel),
    ]

    write_index(channel, records, "linux-64")

    for subdir, file in (("linux-64", "small-1.0-0.conda"), ("noarch", "pure-2.0-py_0.conda")):
        text = (channel / subdir / "repodata.json").read_bytes()
        index = json.loads(text)
        assert list(index["packages.conda"]) == [file]
        assert index["info"] == {"subdir": subdir}
        assert zstandard.decompress((channel / subdir / "repodata.json.zst").read_bytes()) == text
