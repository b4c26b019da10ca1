import io
import json

import pytest

from tests.tools.stack.supply.test_decision import settings_with
from tools.local import LocalError, LocalStatus
from tools.local.layout import Layout as LocalLayout
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.supply import applied, foreseen, known, prepare, programs, steps, supplied
from tools.stack.supply.decision import Decision

REFERENCE = f"127.0.0.1:20001/slate/debian@sha256:{'b' * 64}"


class FakeLocal:
    """Local services that only remember what they were asked for."""

    needed: set[str]

    def __init__(self, directory, binaries):
        del binaries
        self.layout = LocalLayout.of(directory)

    def up(self, need, report):
        del report
        FakeLocal.needed = set(need)
        builder = "slate" if "buildkit" in need else None
        config = self.layout.docker_config
        return LocalStatus("running", (), "127.0.0.1:20001", "http://127.0.0.1:20002", builder, config)


@pytest.fixture
def layout(tmp_path):
    made = Layout(tmp_path)
    made.stacks.mkdir(parents=True)
    return made


@pytest.fixture(autouse=True)
def pieces(monkeypatch, layout):
    """Every step succeeds at once; the list has their order."""
    order: list[str] = []

    def step(name, value=None):
        def run(*_arguments, **_values):
            order.append(name)
            return value

        return run

    monkeypatch.setattr(steps, "Local", FakeLocal)
    monkeypatch.setattr(steps, "decide", lambda _: Decision(True, own_builder=True))
    monkeypatch.setattr(steps, "_tools", step("tools"))
    monkeypatch.setattr(programs, "make_locks", step("locks", (layout.slate / "locks/fixture", None)))
    monkeypatch.setattr(programs, "sync_mirror", step("mirror"))
    monkeypatch.setattr(steps, "base_image", step("base", REFERENCE))
    return order


def run(function, layout, **images):
    stream = io.StringIO()
    return function("dev", layout, settings_with(**images), Progress(stream)), stream.getvalue()


def test_the_steps_come_in_order_and_their_values_go_to_the_settings(layout, pieces):
    made, said = run(prepare, layout)

    assert pieces == ["tools", "locks", "mirror", "base"]
    assert FakeLocal.needed == {"registry", "mirror", "buildkit"}
    assert dict(made.overrides) == {
        ("slate:registry", "host"): "127.0.0.1:20001",
        ("slate:conda", "mirrorUrl"): "http://127.0.0.1:20002",
        ("slate:images", "debian"): REFERENCE,
        ("slate:images", "locks"): str(layout.slate / "locks/fixture"),
        ("slate:images", "builderName"): "slate",
    }
    assert made.variables == {"DOCKER_CONFIG": str(layout.local / "docker")}
    assert "built here, kept in the registry at 127.0.0.1:20001" in made.images
    assert all(f"{step}: " in said for step in ("tools", "local services", "locks", "mirror", "base image"))


def test_a_builder_of_the_users_own_keeps_its_name_and_docker_configuration(layout, monkeypatch):
    monkeypatch.setattr(steps, "decide", lambda _: Decision(True))

    made, _ = run(prepare, layout, builderName="mine")

    assert FakeLocal.needed == {"registry", "mirror"}
    assert ("slate:images", "builderName") not in dict(made.overrides)
    assert made.variables == {}


@pytest.mark.parametrize("function", [prepare, foreseen, known])
def test_images_that_are_not_built_are_said_in_one_line_and_replaced(layout, monkeypatch, pieces, function):
    monkeypatch.setattr(steps, "decide", lambda _: Decision(False, "needs root"))

    made, said = run(function, layout)

    assert made.overrides == ((("slate:images", "build"), False),)
    assert said.strip() == "images are not built: needs root; placeholders are used"
    assert pieces == []


@pytest.mark.parametrize("function", [prepare, foreseen, known])
def test_a_stack_that_builds_nothing_is_left_alone(layout, pieces, function):
    made, said = run(function, layout, build=False)

    assert (made.overrides, made.variables, said, pieces) == ((), {}, "", [])


def test_a_command_that_builds_nothing_uses_what_the_last_up_supplied(layout, pieces):
    before, _ = run(prepare, layout)
    pieces.clear()

    after, _ = run(known, layout)

    assert after == before
    assert pieces == []


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"mirror": "x"}'])
def test_before_the_first_up_placeholders_are_used(layout, text):
    if text is not None:
        layout.images("dev").write_text(text)

    made, said = run(known, layout)

    assert made.overrides == supplied.NOT_BUILT
    assert "no image has been built here yet" in said


@pytest.fixture
def channel(layout):
    """The fixture channel, as the first `make up` leaves it."""
    folder = layout.slate / "cache/fixture-channel/0123"
    folder.mkdir(parents=True)
    (folder / "fixture.json").write_text("{}")
    return folder


@pytest.mark.usefixtures("channel")
def test_a_preview_brings_the_locks_up_to_date_and_starts_nothing(layout, pieces):
    before, _ = run(prepare, layout)
    pieces.clear()
    FakeLocal.needed = set()

    after, said = run(foreseen, layout)

    assert after == before
    assert pieces == ["locks"]
    assert FakeLocal.needed == set()
    assert "locks: " in said


@pytest.mark.usefixtures("channel")
def test_a_preview_takes_the_locks_that_the_next_up_will(layout, monkeypatch, tmp_path):
    run(prepare, layout)
    monkeypatch.setattr(programs, "make_locks", lambda *_: (tmp_path / "other", None))

    made, _ = run(foreseen, layout)

    assert dict(made.overrides)[("slate:images", "locks")] == str(tmp_path / "other")


@pytest.mark.usefixtures("channel")
def test_a_preview_fails_where_the_locks_cannot_be_made(layout, monkeypatch):
    run(prepare, layout)

    def refuse(*_):
        raise StackProblem("no such package")

    monkeypatch.setattr(programs, "make_locks", refuse)

    with pytest.raises(StackProblem, match="no such package"):
        run(foreseen, layout)


def test_a_preview_builds_no_channel(layout, pieces):
    before, _ = run(prepare, layout)
    pieces.clear()

    after, _ = run(foreseen, layout)

    assert after == before
    assert pieces == []


@pytest.mark.usefixtures("channel")
def test_a_preview_before_the_first_up_makes_no_locks(layout, pieces):
    made, _ = run(foreseen, layout)

    assert made.overrides == supplied.NOT_BUILT
    assert pieces == []


@pytest.mark.parametrize(
    ("built_here", "said"),
    [(True, "built here, kept in the registry at 127.0.0.1:20001"), (False, "not built; placeholders are used")],
)
def test_what_was_applied_is_told_by_the_stack(layout, built_here, said):
    run(prepare, layout)

    assert applied("dev", layout, built_here=built_here) == said


def test_a_failing_service_gets_one_message_with_the_way_out(layout, monkeypatch):
    def up(*_arguments, **_values):
        raise LocalError("The local services did not start: the disk is on fire")

    monkeypatch.setattr(FakeLocal, "up", up)

    with pytest.raises(StackProblem, match="the disk is on fire\nTo go on without images: make up IMAGES=0"):
        run(prepare, layout)

    assert not layout.images("dev").exists()


def test_what_was_supplied_is_kept_for_its_owner_alone(layout):
    run(prepare, layout)

    path = layout.images("dev")
    assert json.loads(path.read_text())["registry"] == "127.0.0.1:20001"
    assert path.stat().st_mode & 0o777 == 0o600
