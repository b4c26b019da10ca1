"""Which tests share a process, and in which order groups begin."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests import sharing
from tools.paths import ROOT


@pytest.mark.parametrize(
    ("file", "group"),
    [
        ("tests/settings/test_load.py", "tests/settings"),
        ("tests/settings/test_schema.py", "tests/settings"),
        ("tests/acceptance/test_scope.py", "tests/acceptance/test_scope.py"),
        ("tests/acceptance/real/test_homes.py", "tests/acceptance/real"),
        ("tests/acceptance/real/meanwhile/test_pages.py", "tests/acceptance/real/meanwhile"),
    ],
)
def test_a_folder_shares_a_process_and_each_story_has_its_own(file, group):
    assert sharing.group(file) == group


def test_long_groups_begin_first_and_tests_of_a_group_stay_in_their_order():
    long = sharing.LONGEST_FIRST[1]
    given = ["tests/settings/test_load.py::a", f"{long}/test_x.py::one", "tests/rules/test_rules.py::c"]
    given += [f"{long}/test_y.py::two", "tests/settings/test_load.py::b"]
    items: list[Any] = [SimpleNamespace(nodeid=nodeid) for nodeid in given]

    sharing.in_order(items, 4)

    order = [item.nodeid for item in items]
    assert order[:2] == [given[1], given[3]]
    assert [nodeid for nodeid in order if "settings" in nodeid] == [given[0], given[4]]
    groups = [sharing.group(nodeid.partition("::")[0]) for nodeid in order]
    assert len({*groups}) == sum(one != other for one, other in zip(groups, [*groups[1:], None], strict=True))


def test_every_long_group_exists():
    assert [name for name in sharing.order(4) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 8])
def test_the_tests_of_the_real_clone_begin_soon_one_after_the_other(workers):
    found = sharing.order(workers)

    places = [found.index(name) for name in (sharing.REAL, *sharing.BESIDE)]
    assert sorted(found) == sorted({sharing.REAL, *sharing.BESIDE, *sharing.LONGEST_FIRST})
    assert places[0] == 0
    # Whoever brings up the clone has one process; the others are free for these when each has ended one group.
    assert places[1:] == ([1, 2] if workers < 4 else [4, 5])


def test_there_is_a_process_at_least():
    assert sharing.processes() >= 1
