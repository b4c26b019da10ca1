import threading

import pytest
import yaml

from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.environment_file import read_environment
from tests.tools.lock.support import PACKAGES, URL, Site
from tools.lock import LockError
from tools.lock.chain import run
from tools.lock.make import inputs_hash


def test_each_lock_contains_the_one_below(site: Site) -> None:
    made = site.make()

    assert made.layers == ("base-py310", "common-py310", "default", "platform")
    assert set(site.versions("base-py310")) == {"python", "pip", "tool"}
    assert set(site.versions("common-py310")) == {"python", "pip", "tool", "numeric"}
    assert set(site.versions("default")) == {"python", "pip", "tool", "numeric", "lab", "kernel", "jinja_like"}
    assert site.versions("default")["python"] == "3.10.13"


def test_the_index_says_what_builds_on_what(site: Site) -> None:
    site.make()

    layers = site.index()["layers"]
    assert [layers[name]["parent"] for name in layers] == [None, "base-py310", "common-py310", None]
    assert layers["default"]["requiredImports"] == ["lab", "numeric"]
    assert layers["common-py310"]["requiredImports"] == ["numeric"]
    assert {name: entry["python"] for name, entry in layers.items()}["platform"] == "3.12"


def test_environments_of_two_pythons_have_chains_of_their_own(site: Site) -> None:
    site.environment("newer", python="3.12")

    made = site.make()

    assert {"base-py310", "base-py312", "common-py310", "common-py312"} <= set(made.layers)
    assert site.versions("newer")["python"] == "3.12.1"
    assert site.index()["layers"]["newer"]["parent"] == "common-py312"


def test_the_list_for_the_image_has_canonical_addresses_in_the_order_to_install(site: Site) -> None:
    site.make()

    lines = (site.locks / "default.explicit.txt").read_text().splitlines()
    records = site.records("default")
    assert set(lines) == {f"{record.url}#sha256:{record.sha256}" for record in records.values()}
    assert all(line.startswith(f"{URL}/linux-64/") for line in lines)
    places = {line.rpartition("/")[2].rpartition("-0.conda")[0].rpartition("-")[0]: n for n, line in enumerate(lines)}
    for record in records.values():
        for need in record.depends:
            name = need.split()[0]
            if name in places:
                assert places[name] < places[record.name]


def test_the_manifest_is_an_environment_file_again(site: Site) -> None:
    site.make()

    path = site.locks / "default.environment.yml"
    content = yaml.safe_load(path.read_text())
    again = read_environment(path, [ChannelSource("tiny", URL)])
    assert content["name"] == "default"
    assert content["channels"] == ["tiny"]
    assert again.dependencies == tuple(sorted(f"{name}={v}" for name, v in site.versions("default").items()))


def test_a_second_run_solves_nothing(site: Site) -> None:
    site.make()
    before = site.content()
    for path in site.channel.rglob("*.json"):
        path.unlink()  # a solve would fail

    made = site.make()

    assert made.changed == ()
    assert site.content() == before


def test_a_new_package_upstream_waits_for_an_upgrade(site: Site) -> None:
    site.make()
    site.packages([*PACKAGES, ("kernel", "8.0", ("python >=3.10", "tool"))])

    unchanged = site.make()
    upgraded = site.make(upgrade=True)

    assert unchanged.changed == ()
    assert "default" in upgraded.changed
    assert site.versions("default")["kernel"] == "8.0"


def test_other_content_of_a_channel_built_here_is_solved_anew(site: Site) -> None:
    site.make(content="one")

    made = site.make(content="two")

    assert set(made.changed) == {"base-py310", "common-py310", "default", "platform"}


def test_editing_one_environment_changes_its_lock_alone(site: Site) -> None:
    site.environment("other")
    site.make()
    before = site.content()
    site.environment("other", "web-client")

    made = site.make()

    assert made.changed == ("other",)
    changed = {name for name, content in site.content().items() if content != before[name]}
    assert changed == {
        "locks.json",
        *(f"other.{end}" for end in ("lock", "explicit.txt", "environment.yml", "cdx.json")),
    }


def test_editing_the_common_list_changes_what_builds_on_it(site: Site) -> None:
    site.environment("newer", python="3.12", detached=True)
    site.make()
    site.layers(common=["numeric", "web-client"])

    made = site.make()

    assert made.changed == ("common-py310", "default")


def test_a_comment_changes_nothing(site: Site) -> None:
    site.make()
    path = site.folder / "layers.yml"
    path.write_text(f"# why\n{path.read_text()}")

    made = site.make()

    assert made.changed == ()


def test_locks_of_removed_environments_go(site: Site) -> None:
    path = site.environment("short-lived")
    site.make()
    path.unlink()

    made = site.make()

    assert "short-lived" not in made.layers
    assert not list(site.locks.glob("short-lived.*"))


def test_a_lock_edited_by_hand_is_made_again(site: Site) -> None:
    site.make()
    good = (site.locks / "default.lock").read_bytes()
    (site.locks / "default.lock").write_bytes(good.replace(b"4.6", b"4.5"))

    made = site.make()

    assert made.changed == ("default",)
    assert (site.locks / "default.lock").read_bytes() == good


def test_what_was_locked_before_a_failure_is_kept(site: Site) -> None:
    site.environment("wrong", "no-such-package")
    with pytest.raises(LockError, match="no-such-package"):
        site.make()
    site.environment("wrong")

    made = site.make()

    assert made.changed == ("wrong", "platform")


def test_a_python_past_its_end_is_warned_about_every_time(site: Site) -> None:
    for _ in range(2):
        site.said.clear()

        site.make()

        assert [line for line in site.said if "Python 3.10 reached its end of life in October 2026 (default)" in line]


def test_an_environment_that_a_workspace_cannot_start_is_refused(site: Site) -> None:
    path = site.environment("bare")
    path.write_text(path.read_text().replace("lab", "web-client"))

    with pytest.raises(LockError, match=r"a workspace starts lab.*Add to its dependencies: lab"):
        site.make()


def test_two_at_once_make_one_set_of_locks(site: Site) -> None:
    made = []
    options = site.options
    inputs = inputs_hash(options)
    threads = [threading.Thread(target=lambda: made.append(site.make())) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(made) == 2
    assert run(options, inputs, site.said.append) == []


def test_a_channel_that_cannot_be_read_is_named(site: Site) -> None:
    site.packages()
    for path in site.channel.rglob("*.json"):
        path.write_text("{")

    with pytest.raises(LockError, match="cannot read the channels tiny"):
        site.make()
