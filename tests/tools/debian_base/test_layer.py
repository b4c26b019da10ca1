import io
import tarfile
from pathlib import Path

import pytest

from tools.debian_base import DebianError
from tools.debian_base.layer import kept, write_layer

LATEST = 1_000_000


def entry(name: str, kind: bytes = tarfile.REGTYPE, **values) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    made.mode = 0o644
    for key, value in values.items():
        setattr(made, key, value)
    return made


def archive(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for made, content in entries:
            made.size = len(content)
            tar.addfile(made, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "./etc/ssh/ssh_host_ed25519_key",
        "./etc/machine-id",
        "./etc/resolv.conf",
        "./etc/hostname",
        "./etc/shadow-",
        "./etc/apt/sources.list",
        "./var/log/dpkg.log",
        "./var/cache/debconf/config.dat",
        "./var/lib/dpkg/status-old",
        "./usr/share/man/man1/ls.1.gz",
        "./usr/share/doc/bash/README",
        "./tmp/left",
        "./dev/null",
    ],
)
def test_what_belongs_to_one_machine_or_helps_nobody_is_left_out(name):
    assert kept(entry(name), LATEST) is None


@pytest.mark.parametrize(
    "name",
    [
        "./etc/passwd",
        "./etc/shadow",
        "./etc/ssh/sshd_config",
        "./etc/ssl/certs/ca-certificates.crt",
        "./usr/share/doc/bash/copyright",
        "./var/lib/dpkg/status",
        "./usr/bin/bash",
    ],
)
def test_what_a_container_needs_stays(name):
    made = kept(entry(name), LATEST)

    assert made is not None
    assert made.name == name.removeprefix("./")


@pytest.mark.parametrize("name", ["./dev", "./tmp", "./run", "./var/log", "./etc/apt"])
def test_folders_that_are_emptied_stay_themselves(name):
    assert kept(entry(name, tarfile.DIRTYPE, mode=0o1777), LATEST) is not None


@pytest.mark.parametrize(
    ("before", "after"), [(0o4755, 0o755), (0o2755, 0o755), (0o6711, 0o711), (0o1777, 0o1777), (0o640, 0o640)]
)
def test_no_file_keeps_a_set_id_bit(before, after):
    made = kept(entry("./usr/bin/su", mode=before), LATEST)

    assert made is not None
    assert made.mode == after


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_left_out(kind):
    assert kept(entry("./var/device", kind), LATEST) is None


@pytest.mark.parametrize(("before", "after"), [(LATEST - 5, LATEST - 5), (LATEST + 5, LATEST), (LATEST + 0.5, LATEST)])
def test_no_file_is_newer_than_the_given_time(before, after):
    made = kept(entry("./usr/bin/ls", mtime=before), LATEST)

    assert made is not None
    assert made.mtime == after


def test_file_capabilities_and_names_of_owners_go_and_owners_stay():
    before = entry("./usr/bin/ping", uid=0, gid=42, uname="root", gname="shadow")
    before.pax_headers = {"SCHILY.xattr.security.capability": "x"}

    made = kept(before, LATEST)

    assert made is not None
    assert (made.pax_headers, made.uname, made.gname, made.gid) == ({}, "", "", 42)
    assert before.pax_headers != {}


def test_the_same_content_gives_the_same_file_whatever_the_times_of_the_making(tmp_path):
    first = archive(tmp_path / "a.tar", (entry("./usr/x", mtime=LATEST + 1), b"x"), (entry("./var/log/y"), b"1"))
    second = archive(tmp_path / "b.tar", (entry("./usr/x", mtime=LATEST + 9), b"x"), (entry("./var/log/y"), b"22"))

    one = write_layer(first, tmp_path / "a.gz", LATEST)
    other = write_layer(second, tmp_path / "b.gz", LATEST)

    assert (one.digest, one.diff_id, one.size, one.files) == (other.digest, other.diff_id, other.size, 1)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert one.size == (tmp_path / "a.gz").stat().st_size
    with tarfile.open(tmp_path / "a.gz") as tar:
        member = tar.extractfile("usr/x")
        assert member is not None
        assert member.read() == b"x"


def test_second_names_of_a_file_stay(tmp_path):
    link = entry("./usr/b", tarfile.LNKTYPE, linkname="./usr/a")
    source = archive(tmp_path / "a.tar", (entry("./usr/a"), b"x"), (link, b""))

    write_layer(source, tmp_path / "a.gz", LATEST)

    with tarfile.open(tmp_path / "a.gz") as tar:
        assert tar.getmember("usr/b").linkname == "usr/a"


def test_a_second_name_of_what_is_left_out_is_an_error(tmp_path):
    link = entry("./usr/b", tarfile.LNKTYPE, linkname="./var/log/a")
    source = archive(tmp_path / "a.tar", (entry("./var/log/a"), b"x"), (link, b""))

    with pytest.raises(DebianError, match="usr/b is a second name of var/log/a"):
        write_layer(source, tmp_path / "a.gz", LATEST)
