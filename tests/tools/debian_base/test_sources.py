import pytest

from tools.debian_base import DebianError, sources

DEBIAN = 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\nVERSION_CODENAME=bookworm\n'
STANZAS = """\
Types: deb
# a comment
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys/debian.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: http://other.test/tool
Suites: nodistro
Components: main

Types: deb
Enabled: no
URIs: http://off.test/debian
Suites: bookworm
Components: main
"""


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text(DEBIAN)
    return tmp_path


def test_sources_of_the_release_are_taken_and_others_left(etc):
    (etc / "apt/sources.list.d/debian.sources").write_text(STANZAS)
    (etc / "apt/sources.list.d/other.list").write_text("deb https://other.test/apt tool-bookworm main\n")

    found = sources.find({}, etc)

    assert found.release == "bookworm"
    assert found.text.splitlines() == [
        "deb [signed-by=/keys/debian.gpg] http://mirror.test/debian bookworm main",
        "deb [signed-by=/keys/debian.gpg] http://mirror.test/debian bookworm-updates main",
        "deb http://mirror.test/debian-security bookworm-security main",
    ]


def test_the_one_line_format_is_read_too(etc):
    (etc / "apt/sources.list").write_text(
        "# deb http://off.test/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main contrib  # ours\n"
        "deb-src http://mirror.test/debian bookworm main\n"
        "deb http://mirror.test/debian bookworm contrib\n"
    )

    assert sources.find({}, etc).lines == ("deb [signed-by=/k.gpg] http://mirror.test/debian bookworm main",)


def test_a_file_of_the_users_own_comes_first(etc, tmp_path):
    own = tmp_path / "own.list"
    own.write_text("deb [signed-by=/k.gpg] http://own.test/debian trixie main\n")

    found = sources.find({sources.VARIABLE: str(own)}, etc)

    assert (found.release, len(found.lines)) == ("trixie", 1)


@pytest.mark.parametrize("text", [None, "", "# nothing\n"])
def test_a_file_that_is_missing_or_empty_gets_one_message(tmp_path, text):
    own = tmp_path / "own.list"
    if text is not None:
        own.write_text(text)

    with pytest.raises(DebianError, match=r"own\.list \(SLATE_DEBIAN_SOURCES\)") as told:
        sources.find({sources.VARIABLE: str(own)})

    assert "images.debian" in str(told.value)


@pytest.mark.parametrize("release", ["", 'ID=ubuntu\nPRETTY_NAME="Ubuntu 24.04"\nVERSION_CODENAME=noble\n'])
def test_another_system_is_told_what_to_do(etc, release):
    (etc / "os-release").write_text(release)

    with pytest.raises(DebianError, match="The base image is made on a Debian machine"):
        sources.find({}, etc)


def test_a_debian_without_its_sources_is_told_where_they_were_looked_for(etc):
    with pytest.raises(DebianError, match="has no package source for bookworm"):
        sources.find({}, etc)
