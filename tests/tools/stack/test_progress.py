import io

import pytest

from tools.stack.progress import Progress, duration


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (42.4, "42 s"), (119, "119 s"), (185.2, "3 min 5 s")]
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


def test_a_phase_is_announced_before_it_begins_and_timed_when_it_ends():
    stream = io.StringIO()
    progress = Progress(stream)

    with progress.phase("cluster", "start it"):
        before = stream.getvalue()
        progress.note("one\ntwo")

    assert before == "==> cluster: start it\n"
    assert "    one\n    two\n    cluster done in " in stream.getvalue()
    assert [name for name, _ in progress.phases] == ["cluster"]


def test_a_phase_that_fails_is_not_said_to_be_done():
    stream = io.StringIO()

    with pytest.raises(KeyError), Progress(stream).phase("cluster", "start it"):
        raise KeyError

    assert "done" not in stream.getvalue()


def test_the_summary_adds_up_all_phases_also_those_run_by_others():
    progress = Progress(io.StringIO())
    progress.took("tools", 3)
    progress.took("pulumi", 4)

    assert progress.summary() == "Time: tools 3.0 s, pulumi 4.0 s; 7.0 s in all"
