import shutil
from dataclasses import replace

import pytest

from tests.tools.lock.support import Site
from tools.lock import LockError
from tools.lock.check import check, problems
from tools.lock.options import recorded_options


def test_locks_that_fit_are_counted_without_the_channel(site: Site) -> None:
    site.make()
    shutil.rmtree(site.channel)

    assert check(site.options) == 4


def test_an_edited_environment_fails_with_the_command_that_mends_it(site: Site) -> None:
    site.make()
    site.environment("default", "web-client")

    with pytest.raises(LockError) as raised:
        check(site.options)

    assert "1 lock(s) do not fit" in str(raised.value)
    assert "default: " in str(raised.value)
    assert str(raised.value).endswith("Mend them: make lock CHANNEL=tiny")


def test_mending_makes_it_fit(site: Site) -> None:
    site.make()
    site.layers(base=["python", "pip", "tool", "web-client"])
    found = problems(site.options)

    site.make()

    assert [line.partition(":")[0] for line in found] == ["base-py310", "common-py310", "default"]
    assert problems(site.options) == []


@pytest.mark.parametrize(
    "file", ["default.lock", "default.explicit.txt", "default.environment.yml", "default.cdx.json"]
)
def test_a_file_changed_by_hand_is_found(site: Site, file: str) -> None:
    site.make()
    with (site.locks / file).open("a") as handle:
        handle.write("\n")

    assert problems(site.options) == [f"default: {file} is missing or was changed by hand"]


def test_a_missing_file_is_found(site: Site) -> None:
    site.make()
    (site.locks / "base-py310.lock").unlink()

    assert problems(site.options) == ["base-py310: base-py310.lock is missing or was changed by hand"]


def test_a_new_environment_and_a_removed_one_are_found(site: Site) -> None:
    path = site.environment("removed")
    site.make()
    path.unlink()
    site.environment("new")

    found = problems(site.options)

    assert any(line.startswith("new: has no lock yet") for line in found)
    assert "removed: has a lock, but no environment file" in found


@pytest.mark.parametrize(
    "change", [{"python": "3.12"}, {"detached": True}, {"cuda": "12.4"}, {"requiredImports": ["lab"]}]
)
def test_every_setting_of_an_environment_counts(site: Site, change: dict[str, object]) -> None:
    site.environment("default")
    site.make()
    site.environment("default", **change)

    assert any(line.startswith(("default:", "base-py312:")) for line in problems(site.options))


def test_a_check_takes_the_options_of_the_locks(site: Site) -> None:
    site.make(exclude_newer="2026-01-01", content="abc")
    bare = replace(site.options, channels=())

    options = recorded_options(site.locks, bare)

    assert options.exclude_newer == "2026-01-01"
    assert [channel.name for channel in options.channels] == ["tiny"]
    assert problems(options) == []


def test_an_index_that_cannot_be_read_says_so(site: Site) -> None:
    site.make()
    (site.locks / "locks.json").write_text("{")

    with pytest.raises(LockError, match=r"locks\.json cannot be read.*Delete it"):
        check(site.options)
