import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conda_mirror.access import token_in_header, token_in_path
from services.conda_mirror.addresses import parse_address

ID = "20261101T000000Z-0123456789ab"
SHARD = "0" * 64 + ".msgpack.zst"


@pytest.mark.parametrize(
    ("path", "kind", "pinned"),
    [
        ("latest/main/noarch/repodata.json", "index", False),
        ("latest/main/noarch/repodata_shards.msgpack.zst", "index", False),
        (f"latest/main/noarch/shards/{SHARD}", "shard", False),
        ("latest/main/linux-64/_libgcc_mutex-0.1-main.conda", "package", False),
        ("latest/main/linux-64/x-1!2.0+local-py_0.tar.bz2", "package", False),
        (f"snapshots/{ID}/main/noarch/repodata.json.zst", "index", True),
        (f"snapshots/{ID}/snapshot.json", "manifest", True),
    ],
)
def test_what_addresses_mean(path: str, kind: str, pinned: bool) -> None:
    address = parse_address(path)

    assert address is not None
    assert (address.kind, address.pinned, address.text) == (kind, pinned, path)


@given(
    st.lists(st.sampled_from(["latest", "snapshots", ID, "main", "noarch", "..", ".", "", "a.conda", ".x", "x\0", "~"]))
)
def test_no_address_leads_out_of_a_channel(parts: list[str]) -> None:
    address = parse_address("/".join(parts))

    if address is not None:
        assert not any(part.startswith(".") or part == "" or "\0" in part for part in address.path.split("/"))
        assert address.path == "snapshot.json" or address.path.count("/") in (2, 3)


@given(st.text(max_size=40))
def test_any_path_has_an_answer(path: str) -> None:
    address = parse_address(path)

    assert address is None or address.text == path


@given(st.text(max_size=60))
def test_any_header_has_an_answer(header: str) -> None:
    assert isinstance(token_in_header(header), bytes | None)


def test_tokens_in_paths() -> None:
    assert token_in_path("t/abc/latest/x") == (b"abc", "latest/x")
    assert token_in_path("latest/t/abc") == (None, "latest/t/abc")
    assert token_in_path("t/abc") == (None, "t/abc")
