import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tools.debian_base import DebianError, base, ensure, rootfs
from tools.debian_base.base import package_list
from tools.debian_base.record import read_packages
from tools.debian_base.sources import Sources
from tools.paths import SLATE

LISTED = """\
Package: bash
Version: 5.2.15-2
Architecture: amd64
Depends: base-files, debianutils
SHA256: aa

Package: apt-less
Version: 1:2
Architecture: all
SHA256: bb
Description: a
 SHA256: no field
"""


@pytest.fixture
def made(monkeypatch):
    """A machine on which the file system is there at once; the list has each making."""
    makings: list[tuple[str, ...]] = []

    def make(sources, packages, directory, *, slate, epoch, report):
        del sources, slate, epoch, report
        makings.append(tuple(packages))
        with tarfile.open(directory / "root.tar", "w") as tar:
            file = tarfile.TarInfo("./usr/bin/bash")
            file.size, file.mtime = 4, 1_900_000_000 + len(makings)
            tar.addfile(file, io.BytesIO(b"bash"))
        (directory / "packages").write_text(LISTED)
        return directory / "root.tar", directory / "packages"

    monkeypatch.setattr(rootfs, "make", make)
    monkeypatch.setattr(base.sources, "find", lambda _: Sources("bookworm", ("deb http://x.test/ bookworm main",)))
    return makings


def quiet(_line: str) -> None:
    pass


def blob(directory: Path, digest: str) -> bytes:
    content = (directory / "blobs" / digest.replace(":", "/")).read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest.removeprefix("sha256:")
    return content


def test_the_image_is_a_complete_layout_with_a_record_of_its_packages(made, tmp_path):
    image = ensure(tmp_path, quiet)

    manifest = json.loads(blob(image.directory, image.digest))
    configuration = json.loads(blob(image.directory, manifest["config"]["digest"]))
    layer = blob(image.directory, manifest["layers"][0]["digest"])
    record = json.loads(image.record.read_text())
    assert manifest["layers"][0]["size"] == len(layer)
    assert configuration["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(gzip.decompress(layer)).hexdigest()}"]
    assert configuration["created"] == "2025-01-01T00:00:00Z"
    assert configuration["config"]["Env"][0].startswith("PATH=")
    assert [package["name"] for package in record["packages"]] == ["apt-less", "bash"]
    assert record["packages"][1] == {"name": "bash", "version": "5.2.15-2", "architecture": "amd64", "sha256": "aa"}
    assert (record["release"], record["digest"]) == ("bookworm", image.digest)
    assert len(made) == 1


def test_it_is_made_once_and_again_only_on_request_or_for_another_list(made, tmp_path):
    other = tmp_path / "list"
    other.write_text("curl # for downloads\n\n# a comment\nbash\n")

    first = ensure(tmp_path, quiet)
    second = ensure(tmp_path, quiet)
    fresh = ensure(tmp_path, quiet, fresh=True)
    another = ensure(tmp_path, quiet, packages=other)

    assert first == second == fresh  # the same content gives the same digest
    assert len(made) == 3
    assert made[2] == ("bash", "curl")
    assert another.directory != first.directory


def test_an_interrupted_making_leaves_nothing_and_the_next_one_works(made, tmp_path, monkeypatch):
    working = rootfs.make

    def interrupted(*_arguments, **_values):
        raise KeyboardInterrupt

    monkeypatch.setattr(rootfs, "make", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ensure(tmp_path, quiet)
    left = [path.name for path in (tmp_path / "cache/debian-base").iterdir()]
    monkeypatch.setattr(rootfs, "make", working)

    assert left == ["lock"]
    assert ensure(tmp_path, quiet).digest.startswith("sha256:")
    assert len(made) == 1


def test_a_damaged_image_is_made_again(made, tmp_path):
    image = ensure(tmp_path, quiet)
    (image.directory / "index.json").write_text("{")

    assert ensure(tmp_path, quiet) == image
    assert len(made) == 2


def test_the_repositorys_list_has_what_the_images_need():
    assert {"ca-certificates", "curl", "openssh-server", "tini", "unzip", "zstd"} <= set(package_list(base.PACKAGES))


def test_an_empty_or_missing_list_gets_one_message(tmp_path):
    (tmp_path / "empty").write_text("# nothing\n")

    with pytest.raises(DebianError, match="names no package"):
        package_list(tmp_path / "empty")
    with pytest.raises(DebianError, match="cannot be read"):
        package_list(tmp_path / "gone")


def test_fields_of_descriptions_are_not_taken_for_fields(tmp_path):
    (tmp_path / "listed").write_text(LISTED)

    assert [package["sha256"] for package in read_packages(tmp_path / "listed")] == ["bb", "aa"]


def test_without_root_there_is_a_clear_message(monkeypatch):
    monkeypatch.setattr(rootfs.os, "geteuid", lambda: 1000)

    with pytest.raises(DebianError, match="is made by root only"):
        rootfs.check_machine(dict(os.environ))


def test_missing_programs_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(rootfs.os, "geteuid", lambda: 0)

    with pytest.raises(DebianError, match="needs apt-get, apt-cache, dpkg, dpkg-deb, perl, setpriv, tar, unshare"):
        rootfs.check_machine({"PATH": str(tmp_path)})


def packages_of(image) -> list[dict[str, str]]:
    return json.loads(image.record.read_text())["packages"]


@pytest.mark.images
def test_two_makings_give_the_same_image_and_leave_no_mount(tmp_path):
    one, other = ensure(SLATE, quiet), ensure(tmp_path / "other", quiet)
    if packages_of(one) != packages_of(other):  # the clone's own is older than the archive's packages of now
        one = ensure(tmp_path / "one", quiet)

    record = json.loads(one.record.read_text())
    manifest = json.loads(blob(one.directory, one.digest))
    layer = one.directory / "blobs" / manifest["layers"][0]["digest"].replace(":", "/")
    with tarfile.open(layer) as tar:
        members = {member.name: member for member in tar}
    assert one.digest == other.digest
    assert all(package.get("sha256") for package in record["packages"])
    assert {"usr/bin/bash", "usr/bin/tini", "usr/bin/curl", "usr/sbin/sshd", "usr/bin/zstd"} <= members.keys()
    assert [name for name, member in members.items() if member.mode & 0o6000] == []
    assert [name for name in members if "ssh_host_" in name or name.startswith(("var/log/", "dev/"))] == []
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in left
