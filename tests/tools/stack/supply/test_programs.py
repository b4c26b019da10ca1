import json

import pytest

from tests.tools.stack.supply.test_decision import settings_with
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.supply import programs

# Stands for a module of the clone: says what it was given, or fails.
PROGRAM = """
import sys
print("working")
print({last!r})
sys.exit({code})
"""


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def module(layout, name, last="done", code=0):
    path = layout.root.joinpath(*name.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROGRAM.format(last=last, code=code))


def locks(folder, *layers):
    folder.mkdir(parents=True)
    (folder / ".lock").write_text("")
    (folder / "old.lock").write_text("")  # of an environment that is no more
    (folder / "locks.json").write_text(json.dumps({"layers": {layer: {} for layer in layers}}))


def settings_of(channels, **conda):
    settings = settings_with()
    document = {"mirror": "local", "upstreamChannels": channels, **conda}
    return settings.model_copy(update={"conda": type(settings.conda).model_validate(document)})


def test_the_mirror_takes_what_the_locks_of_the_layers_name(tmp_path):
    locks(tmp_path / "locks", "base-py310", "default")
    settings = settings_of(["fixture"], licences={"deny": ["AGPL-3.0-only"]}, specs=["numpy <2.3"])

    made = programs.configuration(settings, tmp_path / "locks", tmp_path / "channel")

    assert made["take"] == {
        "locks": [str(tmp_path / "locks/base-py310.lock"), str(tmp_path / "locks/default.lock")],
        "specs": ["numpy <2.3"],
    }
    assert made["channels"] == [
        {"name": "fixture", "url": "https://slate.invalid/fixture", "source": (tmp_path / "channel").as_uri()}
    ]
    assert made["licences"] == {"deny": ["AGPL-3.0-only"]}


def test_the_fixture_channel_and_its_locks_are_made_by_their_programs(layout):
    module(layout, "tools.fixture_channel", last="/somewhere/channel")
    module(layout, "tools.lock")
    said: list[str] = []

    folder, channel = programs.make_locks(settings_with(), layout, said.append)

    assert (folder, str(channel)) == (layout.slate / "locks/fixture", "/somewhere/channel")
    assert said == ["working", "working", "done"]  # the folder is for us, not for the user
    assert "--package-manager none" in (layout.slate / "logs/images-locks.log").read_text()


def test_a_program_that_fails_is_named_with_its_log(layout):
    module(layout, "tools.fixture_channel", code=1)

    with pytest.raises(StackProblem, match=r"`python -m tools\.fixture_channel build` failed, see above") as told:
        programs.make_locks(settings_with(), layout, lambda _: None)

    assert str(layout.slate / "logs/images-channel.log") in str(told.value)
    assert "make up IMAGES=0" in str(told.value)


def test_a_refused_environment_is_no_reason_to_go_on_without_images(layout):
    module(layout, "tools.fixture_channel", last="/somewhere/channel")
    module(layout, "tools.lock", last="error: default.yml: no package is called numpi", code=1)
    said: list[str] = []

    with pytest.raises(StackProblem, match="mend what it names") as told:
        programs.make_locks(settings_with(), layout, said.append)

    assert said[-1] == "error: default.yml: no package is called numpi"
    assert str(layout.slate / "logs/images-locks.log") in str(told.value)
    assert "IMAGES=0" not in str(told.value)


def test_locks_that_fail_for_another_reason_can_be_gone_without(layout):
    module(layout, "tools.fixture_channel", last="/somewhere/channel")
    module(layout, "tools.lock", last="ImportError: no solver on this machine", code=1)

    with pytest.raises(StackProblem, match="make up IMAGES=0"):
        programs.make_locks(settings_with(), layout, lambda _: None)


@pytest.mark.parametrize(
    ("channels", "file", "exists"),
    [
        (["fixture"], "0123/fixture.json", True),
        (["fixture"], ".building-7/channel", False),
        (["fixture"], None, False),
        (["conda-forge"], "0123/fixture.json", False),
    ],
)
def test_the_channel_exists_once_it_is_complete(layout, channels, file, exists):
    if file:
        path = layout.slate / "cache/fixture-channel" / file
        path.parent.mkdir(parents=True)
        path.write_text("{}")

    assert programs.channel_exists(settings_of(channels), layout) is exists


def test_a_sites_locks_are_those_it_has_committed(layout):
    folder = layout.root / "images/workspace/locks/conda-forge"
    locks(folder, "default")

    assert programs.make_locks(settings_of(["conda-forge"]), layout, lambda _: None) == (folder, None)


def test_missing_locks_of_a_site_are_answered_with_the_command(layout):
    with pytest.raises(StackProblem, match="make lock CHANNEL=conda-forge"):
        programs.make_locks(settings_of(["conda-forge"]), layout, lambda _: None)


@pytest.mark.parametrize("text", [None, "{", '{"layers": 3}', "[]"])
def test_a_damaged_index_gets_one_message(tmp_path, text):
    if text is not None:
        (tmp_path / "locks.json").write_text(text)

    with pytest.raises(StackProblem, match=r"locks\.json cannot be read"):
        programs.layers(tmp_path)


def test_after_a_new_snapshot_old_ones_go_as_the_settings_say(layout, tmp_path):
    module(layout, "services.conda_mirror", last="new snapshot 1")
    locks(tmp_path / "locks", "default")
    (tmp_path / "local").mkdir()
    settings = settings_of(["fixture"], keep={"snapshots": 3, "days": 7})

    programs.sync_mirror(
        settings, layout, tmp_path / "locks", None, root=tmp_path / "local/mirror", report=lambda _: None
    )

    commands = [line for line in (layout.slate / "logs/images-mirror.log").read_text().splitlines() if "$" in line]
    assert [line.split(" -m ")[1].split()[:2] for line in commands] == [
        ["services.conda_mirror", "sync"],
        ["services.conda_mirror", "gc"],
    ]
    assert commands[1].endswith("--keep 3 --age 7d")
    assert json.loads((tmp_path / "local/configuration/mirror.json").read_text())["platforms"] == ["linux-64"]


def test_an_unchanged_mirror_is_left_as_it_is(layout, tmp_path):
    module(layout, "services.conda_mirror", last="unchanged, snapshot 1")
    locks(tmp_path / "locks", "default")
    (tmp_path / "local").mkdir()

    programs.sync_mirror(
        settings_of(["fixture"]),
        layout,
        tmp_path / "locks",
        None,
        root=tmp_path / "local/mirror",
        report=lambda _: None,
    )

    assert " gc " not in (layout.slate / "logs/images-mirror.log").read_text()
