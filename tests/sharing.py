"""How several processes share the tests of `make test`: what stays together, how many there are, what begins early."""

import functools
import os
from pathlib import Path
from typing import Any

import pytest

REAL = "tests/acceptance/real"
BESIDE = (f"{REAL}/homes", f"{REAL}/meanwhile")
"""Use the clone that the tests of REAL bring up in some minutes."""
# Measured with `--durations`: what begins last must not be what all others wait for.
LONGEST_FIRST = (
    "tests/images",
    "tests/tools/node",
    "tests/acceptance/test_lifecycle.py",
    "tests/tools/observability",
    "tests/policies",
    "tests/acceptance/test_images.py",
    "tests/acceptance/test_scope.py",
    "tests/acceptance/test_previews.py",
    "tests/tools/offline",
    "tests/tools/cluster",
    "tests/rules",
)
_GIBIBYTES_EACH = 4  # a control plane, or a node with its workspaces, and Pulumi's programs


@functools.cache
def group(file: str) -> str:
    """The tests of a file share their process with all others of the same group, one after the other.

    The files of a folder share what its conftest sets up; each story is one of its own.
    """
    path = Path(file)
    return file if path.parent.name == "acceptance" else str(path.parent)


def order(workers: int) -> tuple[str, ...]:
    """The groups that begin first.

    Args:
        workers: How many processes there are. All but one of them test something else until the real clone is up, if
            there are enough of them that those tests are over before it is taken down.
    """
    meanwhile = len(BESIDE) + 1 if workers > len(BESIDE) + 1 else 0
    return (REAL, *LONGEST_FIRST[:meanwhile], *BESIDE, *LONGEST_FIRST[meanwhile:])


def in_order(items: list[pytest.Item], workers: int) -> None:
    """Sort tests by their group, those that take longest first; within a group they stay as they are."""
    ranks = {name: number for number, name in enumerate(order(workers))}
    first = {}
    for number, item in enumerate(items):
        first.setdefault(_group_of(item.nodeid), number)
    items.sort(key=lambda item: (ranks.get(_group_of(item.nodeid), len(ranks)), first[_group_of(item.nodeid)]))


def processes() -> int:
    """How many: more than there are processors, as most tests wait for other programs half of the time."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**3
    return max(1, min(len(os.sched_getaffinity(0)) + 2, memory // _GIBIBYTES_EACH))


def scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole groups."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group_of(nodeid)

    return Groups(config, log)


def _group_of(nodeid: str) -> str:
    return group(nodeid.partition("::")[0])
