import io

from tools.stack import readiness
from tools.stack.overview import Workspace
from tools.stack.progress import Progress


class Clock:
    """Time that passes only by waiting."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def pause(self, seconds):
        self.now += seconds


def spaces(*states):
    return [Workspace("vision", f"w{index}", state) for index, state in enumerate(states)]


def run(looks, limit=60.0):
    stream, clock, left = io.StringIO(), Clock(), list(looks)

    def look():
        return left.pop(0) if len(left) > 1 else left[0]

    late = readiness.wait(look, Progress(stream), limit, clock=clock, pause=clock.pause)
    return late, stream.getvalue().splitlines(), clock.now


def test_ready_and_sleeping_workspaces_are_not_waited_for():
    late, said, waited = run([spaces("ready", "asleep")])

    assert late == []
    assert said == ["    1 of 1 workspaces ready, 1 asleep"]
    assert waited == 0


def test_each_change_is_said_once():
    late, said, _ = run([spaces("starting", "starting"), spaces("starting", "starting"), spaces("ready", "ready")])

    assert late == []
    assert said == [
        "    0 of 2 workspaces ready; waiting for vision/w0, vision/w1",
        "    2 of 2 workspaces ready",
    ]


def test_the_wait_is_bounded_and_says_now_and_then_that_it_goes_on():
    late, said, waited = run([spaces("ready", "starting", "missing")], limit=25)

    assert [space.name for space in late] == ["w1", "w2"]
    assert 25 <= waited < 26
    assert len(said) == 3
    assert said[1].endswith("(10 s)")


def test_only_the_first_few_are_named():
    _, said, _ = run([spaces(*["starting"] * 5)], limit=0)

    assert said == ["    0 of 5 workspaces ready; waiting for vision/w0, vision/w1, vision/w2 and 2 more"]
