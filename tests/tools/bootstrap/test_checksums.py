import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bootstrap.checksums import expected_sha256
from tools.bootstrap.errors import DownloadError

SUM = hashlib.sha256(b"content").hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        SUM,
        f"{SUM}\n",
        f"{SUM.upper()}\n",
        f"{OTHER}  other.tar.gz\n{SUM}  file.tar.gz\n",
        f"{SUM} *file.tar.gz\n",
        f"{SUM}  ./file.tar.gz\n",
        f"{OTHER}  file.tar.gz.sig\n\n{SUM}  file.tar.gz\n",
    ],
)
def test_finds_the_sum_of_a_file(text: str) -> None:
    assert expected_sha256(text, "file.tar.gz", "sums") == SUM


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>not found</html>",
        f"{OTHER}  other.tar.gz\n",
        f"{SUM[:-1]}\n",
        f"{SUM}  my-file.tar.gz\n",
        f"{SUM}\n{OTHER}\n",
        f"{'g' * 64}  file.tar.gz",
    ],
)
def test_refuses_a_file_without_the_sum(text: str) -> None:
    with pytest.raises(DownloadError, match=r"sums has no SHA-256 sum for file\.tar\.gz"):
        expected_sha256(text, "file.tar.gz", "sums")


@given(st.text())
def test_gives_a_sum_or_refuses_whatever_the_file_holds(text: str) -> None:
    try:
        found = expected_sha256(text, "file.tar.gz", "sums")
    except DownloadError:
        return
    assert found in text.lower()
    assert len(found) == 64
