import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bootstrap.versions import (
    Version,
    at_least,
    find_version,
    parse_version,
    same_major,
    same_minor,
    within_one_minor,
)

numbers = st.integers(min_value=0, max_value=9999)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", Version(3, 259, 0)),
        ("Kubernetes v1.36.4", Version(1, 36, 4)),
        ("etcd Version: 3.6.16\nGit SHA: 0.1", Version(3, 6, 16)),
        ("go version go1.26.8 linux/amd64", Version(1, 26, 8)),
        ("kwok version v0.8.0 go1.26.8 (linux/amd64)", Version(0, 8, 0)),
        ("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", Version(1, 32, 4)),
        ("1.26", Version(1, 26, 0)),
        ("3.300.1-alpha.7+dirty", Version(3, 300, 1)),
    ],
)
def test_finds_the_version_in_a_tools_output(text: str, version: Version) -> None:
    assert find_version(text) == version


@pytest.mark.parametrize("text", ["", "command not found", "7", "usage: tool"])
def test_finds_no_version_where_there_is_none(text: str) -> None:
    assert find_version(text) is None
    with pytest.raises(ValueError, match="no version number"):
        parse_version(text)


@given(st.text())
def test_never_fails_on_any_output(text: str) -> None:
    version = find_version(text)

    assert version is None or str(version.major) in str(version)


@given(numbers, numbers, numbers, st.sampled_from(["", "v", "tool v", "Version: "]))
def test_reads_back_what_it_prints(major: int, minor: int, patch: int, prefix: str) -> None:
    version = Version(major, minor, patch)

    assert find_version(f"{prefix}{version}") == version


@pytest.mark.parametrize(
    ("rule", "fits", "fits_not"),
    [
        (same_major("3.259.0"), ["3.259.0", "3.259.1", "3.300.0"], ["3.258.9", "4.0.0", "2.999.0"]),
        (same_minor("1.36.4"), ["1.36.0", "1.36.9"], ["1.35.4", "1.37.0", "2.36.4"]),
        (within_one_minor("1.36.4"), ["1.35.0", "1.36.0", "1.37.9"], ["1.34.9", "1.38.0", "2.36.0"]),
        (at_least("1.26.0"), ["1.26.0", "1.27.3", "2.0.0"], ["1.25.9", "0.30.0"]),
    ],
)
def test_rules_say_which_versions_fit(rule, fits: list[str], fits_not: list[str]) -> None:
    assert [text for text in fits if not rule.accepts(parse_version(text))] == []
    assert [text for text in fits_not if rule.accepts(parse_version(text))] == []


def test_rules_say_in_words_what_fits() -> None:
    assert within_one_minor("1.36.4").text == "1.35 to 1.37"
    assert same_major("3.259.0").text == "3.x, not older than 3.259.0"
