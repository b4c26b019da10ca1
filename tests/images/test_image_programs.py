"""The programs of the image, as far as they can be judged outside of one: rules, quoting, and arguments."""

import shlex
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.workspace import health_check, start
from images.workspace.slate_env import SlateEnvError, condarc, specs
from images.workspace.slate_env.cli import main
from images.workspace.slate_env.environments import Store

MIRROR = "http://mirror/latest"
KNOWN = (condarc.Channel("own", f"{MIRROR}/own"), condarc.Channel("conda-forge", f"{MIRROR}/conda-forge"))
SYSTEM = f"channels: [{MIRROR}/own, {MIRROR}/conda-forge]\nallowlist_channels: [{MIRROR}/own, {MIRROR}/conda-forge]\n"


def channels(tmp_path: Path, own: str | None = None, system: str = SYSTEM):
    """Channels by the two files."""
    (tmp_path / "system").write_text(system)
    if own is not None:
        (tmp_path / ".condarc").write_text(own)
    return condarc.channels(tmp_path, tmp_path / "system")


def test_channels_are_the_platforms(tmp_path):
    assert channels(tmp_path) == KNOWN


def test_a_user_may_narrow_but_not_reorder(tmp_path):
    assert channels(tmp_path, "channels: [conda-forge]\n") == KNOWN[1:]
    assert channels(tmp_path, "channels: [conda-forge, nodefaults, own]\n") == KNOWN


def test_a_channel_must_be_on_the_allowlist(tmp_path):
    system = f"channels: [{MIRROR}/own, {MIRROR}/other]\nallowlist_channels: [{MIRROR}/own]\n"

    assert channels(tmp_path, system=system) == KNOWN[:1]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            "channels: [elsewhere, defaults]\n",
            "`elsewhere`, `defaults` .one of Anaconda's own.; .*Allowed: own, conda-forge",
        ),
        ("channels: https://example.org/x\n", "must be a list of channel names"),
        ("channels: ['https://example.org/own']\n", "not available here"),
        ("channel_priority: disabled\n", "it is strict"),
        ("a: [\n", "cannot be read"),
        ("- a\n", "must be a mapping"),
    ],
)
def test_a_user_may_not_widen_the_rules(tmp_path, own, message):
    with pytest.raises(SlateEnvError, match=message):
        channels(tmp_path, own)


def test_an_image_without_channels_is_damaged(tmp_path):
    with pytest.raises(SlateEnvError, match="names no channel"):
        channels(tmp_path, system="")


@pytest.mark.parametrize("spec", ["numpy", "numpy >=2,<3", "python=3.10", "pandas=2.*", "numpy[version='>=2']"])
def test_specs_that_are_fine(spec):
    assert specs.spec_name(spec) == spec.split("=")[0].split("[")[0].split(" ")[0]


@given(st.text(max_size=40))
def test_any_spec_is_a_name_or_refused_with_words(text):
    words = ""
    try:
        name = specs.spec_name(text)
    except SlateEnvError as error:
        name = None
        words = str(error)
    assert words if name is None else "::" not in text and "://" not in text


@given(st.text(max_size=70))
def test_any_name_stays_in_the_folder_of_environments(text):
    store = Store(Path("/home/x"))
    try:
        prefix = store.prefix(text)
    except SlateEnvError:
        return
    assert prefix.parent == store.folder
    assert prefix.name not in {"", ".", "..", "base", ".lock"}


def test_names_of_several_problems_come_at_once(tmp_path):
    path = tmp_path / "environment.yml"
    path.write_text("channels: [elsewhere]\ndependencies: ['a::b', {pip: [x]}, 3]\n")

    with pytest.raises(SlateEnvError, match=r"4 problem\(s\)"):
        specs.read_file(path, KNOWN)


@pytest.mark.parametrize("arguments", [[], ["create", "--nonsense"], ["list", "a", "b"]])
def test_wrong_arguments(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: slate-env" in capsys.readouterr().err


@given(st.dictionaries(st.from_regex(r"\A(SLATE|NVIDIA)_[A-Z]{1,8}\Z"), st.text(st.characters(codec="ascii"))))
def test_values_for_ssh_sessions_survive_quoting(environment):
    line = start.ssh_environment(environment, {})

    words = shlex.split(line.removeprefix("SetEnv "))
    expected = {name: value for name, value in environment.items() if "\n" not in value}
    assert dict(word.split("=", 1) for word in words) == expected


def test_ssh_sessions_get_what_they_need_and_no_secret():
    environment = {"PATH": "/bin", "SLATE_X": "1", "GDAL_DATA": "/g", "AWS_SECRET_ACCESS_KEY": "no", "HOME": "/h"}

    assert start.ssh_environment(environment, {"GDAL_DATA": "/g"}) == 'SetEnv GDAL_DATA="/g" PATH="/bin" SLATE_X="1"'


def test_a_program_that_keeps_ending_is_started_ever_more_slowly():
    program = start.Program("x", lambda: [sys.executable, "-c", ""], lambda _: {})
    pauses = []
    now = 0.0
    for _ in range(7):
        program.look(now)
        assert program.process is not None
        program.process.wait()
        program.look(now)
        pauses.append(program.due - now)
        now = program.due

    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_program_that_cannot_start_is_tried_again_and_stops_nothing_else(capsys):
    program = start.Program("x", lambda: ["/no/such/program"], lambda _: {})

    program.look(0.0)

    assert program.due == 1.0
    assert "x does not start" in capsys.readouterr().err


def test_a_program_that_ran_long_starts_again_at_once():
    program = start.Program("x", lambda: [sys.executable, "-c", ""], lambda _: {}, failures=5)
    program.look(0.0)
    assert program.process is not None
    program.process.wait()

    program.look(start.SETTLED + 1)

    assert program.due == start.SETTLED + 1


def test_a_program_that_is_gone_needs_no_signal():
    program = start.Program("x", lambda: [sys.executable, "-c", ""], lambda _: {})
    program.look(0.0)
    assert program.process is not None
    program.process.wait()

    assert program.end(signal.SIGTERM) is False


def test_health_check_explains_itself(capsys):
    assert health_check.main(["--help"]) == 0
    usage = capsys.readouterr().out
    for name, code in health_check.CODES.items():
        assert f"{code} {name.replace('-', ' ')}" in usage


def test_home_that_is_missing_is_a_fault(tmp_path):
    with pytest.raises(health_check.FaultError, match="check the home's volume and owner"):
        health_check.check_home(str(tmp_path / "nowhere"))


def test_home_that_works_is_none(tmp_path):
    health_check.check_home(str(tmp_path))

    assert list(tmp_path.iterdir()) == []
    assert start.home_problem(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
