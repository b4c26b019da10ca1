import io
import re

import pytest

from tools.bootstrap.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("seconds", "text"), [(0, "0.0 s"), (4.21, "4.2 s"), (59.9, "59.9 s"), (185, "3 min 05 s")])
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_elsewhere_than_on_a_terminal_each_step_is_one_plain_line() -> None:
    out = io.StringIO()
    progress = Progress({"TERM": "xterm"}, out)
    progress.begin(2)
    progress.started("pulumi")
    progress.doing("pulumi", "compiling pulumi", 1, 9, "packages")
    progress.doing("pulumi", "compiling pulumi", 2, 9, "packages")
    progress.doing("pulumi", "linking pulumi")
    progress.finished("pulumi", "built pulumi 3.259.0")
    progress.end()

    lines = out.getvalue().splitlines()
    assert lines[:2] == ["  pulumi: compiling pulumi", "  pulumi: linking pulumi"]
    assert re.fullmatch(r"  \[1 of 2\] pulumi: built pulumi 3\.259\.0 \(\d+\.\d s\)", lines[2])
    assert "\x1b" not in out.getvalue()


def test_a_long_step_gives_a_sign_of_life_with_count_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.bootstrap.progress._HEARTBEAT_SECONDS", 0)
    out = io.StringIO()
    progress = Progress({}, out)
    progress.started("kubernetes")
    progress.doing("kubernetes", "compiling kubebox", 120, 2600, "packages")
    progress._heartbeat()

    last = out.getvalue().splitlines()[-1]
    assert re.fullmatch(r"  kubernetes: compiling kubebox, 120 of 2600 packages, \d+\.\d s", last)


def test_a_terminal_shows_one_block_that_is_replaced() -> None:
    out = Terminal()
    progress = Progress({"TERM": "xterm"}, out)
    progress.started("pulumi")
    progress.started("python")
    progress.say("first")
    progress.say("second")
    progress.finished("pulumi", "built")
    progress.end()

    # What a terminal shows in the end: the text with each erased block taken out.
    shown: list[str] = []
    for part in re.split(r"(\x1b\[\d+F\x1b\[J)", out.getvalue()):
        erased = re.fullmatch(r"\x1b\[(\d+)F\x1b\[J", part)
        if erased:
            del shown[-int(erased[1]) :]
        else:
            shown += part.splitlines()
    assert shown[:2] == ["first", "second"]
    assert shown[2].startswith("  [1 of 0] pulumi: built")
    assert len(shown) == 3


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {}, {"TERM": "xterm", "CI": "true"}])
def test_simple_terminals_and_ci_get_plain_lines(environ: dict[str, str]) -> None:
    out = Terminal()
    progress = Progress(environ, out)
    progress.started("pulumi")
    progress.doing("pulumi", "compiling pulumi")
    progress.end()

    assert out.getvalue() == "  pulumi: compiling pulumi\n"
