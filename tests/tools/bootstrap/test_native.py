"""The order in which a tool is looked for, and that nothing is built twice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.gobuild import Target
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.releases import Release
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import load_record
from tools.bootstrap.versions import same_minor
from tools.bootstrap.workplace import Workplace

RELEASE = Release("kubernetes", "release/v1.2.3/tool", "kubernetes", "release/v1.2.3/tool.sha256")


class ExampleGroup(NativeGroup):
    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        del missing, place
        return [Target("box", "./box", links=("tool", "alias"))]


@pytest.fixture
def group(clone) -> ExampleGroup:
    module = clone.root / "tools" / "example"
    module.mkdir()
    (module / "go.mod").write_text("module example.org/tool\n\ngo 1.26.0\n")
    (module / "main.go").write_text("package main\n")
    tools = (
        NativeTool("tool", "1.2.3", rule=same_minor("1.2.3"), release=RELEASE),
        NativeTool("alias", "1.2.3"),
    )
    return ExampleGroup("example", "an example", module, tools)


def install(clone, group: ExampleGroup) -> dict[str, str]:
    group.install(Task(clone.session(), group.name))
    return {name: tool.state for name, tool in load_record(group.record_path(clone.place)).tools.items()}


def run_tool(clone, name: str) -> str:
    return (clone.place.bin / name).resolve().read_text()


def online(clone, address: str) -> None:
    clone.environ["SLATE_OFFLINE"] = ""
    clone.environ["SLATE_MIRROR_KUBERNETES"] = address


def test_a_fitting_version_on_path_comes_first(clone, group, server) -> None:
    online(clone, server.address)
    server.publish(RELEASE.path, b"downloaded")
    clone.program("tool", "tool v1.2.9")

    states = install(clone, group)

    assert states["tool"] == "found"
    assert (clone.place.bin / "tool").resolve() == clone.path / "tool"
    assert server.downloads() == []


def test_a_version_that_does_not_fit_is_left_with_the_reason(clone, group, server) -> None:
    online(clone, server.address)
    server.publish(RELEASE.path, b"downloaded")
    clone.program("tool", "tool v1.3.0")

    states = install(clone, group)

    assert states["tool"] == "downloaded"
    assert run_tool(clone, "tool") == "downloaded"
    assert f"  example: {clone.path}/tool is not used: version 1.3.0, wanted 1.2.x" in clone.lines


@pytest.mark.parametrize(("output", "code"), [("no number here", 0), ("tool v1.2.3", 1)])
def test_a_tool_that_does_not_work_is_left(clone, group, output: str, code: int) -> None:
    clone.program("tool", output, code)

    assert install(clone, group)["tool"] == "built"


def test_a_later_fitting_version_on_path_is_found_behind_another(clone, group, tmp_path: Path) -> None:
    clone.program("tool", "tool v1.1.0")
    other = tmp_path / "other"
    other.mkdir()
    clone.path, first = other, clone.path
    clone.program("tool", "tool v1.2.0")
    clone.environ["PATH"] = f"{first}:{other}:/usr/bin:/bin"

    install(clone, group)

    assert (clone.place.bin / "tool").resolve() == other / "tool"


def test_a_bad_checksum_is_refused_and_the_tool_is_built(clone, group, server) -> None:
    online(clone, server.address)
    server.publish(RELEASE.path, b"tampered", checksum="f" * 64)

    states = install(clone, group)

    assert states["tool"] == "built"
    assert "tool version 1.2.3" in run_tool(clone, "tool")
    assert [line for line in clone.lines if "is not downloaded" in line and "was refused" in line]


def test_a_server_that_does_not_answer_is_passed_over(clone, group, silent_server: str) -> None:
    online(clone, silent_server)

    states = install(clone, group)

    assert states["tool"] == "built"
    assert [line for line in clone.lines if "nothing is downloaded from 127.0.0.1" in line]


def test_offline_builds_without_asking_anybody(clone, group, server) -> None:
    online(clone, server.address)
    clone.environ["SLATE_OFFLINE"] = "1"
    server.publish(RELEASE.path, b"downloaded")

    assert install(clone, group)["tool"] == "built"
    assert server.requests == []


def test_only_what_is_missing_is_built(clone, group, server) -> None:
    online(clone, server.address)
    server.publish(RELEASE.path, b"downloaded")

    states = install(clone, group)

    assert states == {"tool": "downloaded", "alias": "built"}


def test_nothing_is_built_twice(clone, group) -> None:
    install(clone, group)
    assert group.ready(clone.place)

    install(clone, group)

    assert len(clone.builds()) == 1


def test_links_run_the_program_under_their_name(clone, group) -> None:
    install(clone, group)

    assert (clone.place.bin / "alias").readlink() == Path("box")


@pytest.mark.parametrize("change", ["go.mod", "source", "Go", "file", "link"])
def test_a_change_makes_the_group_build_again(clone, group, change: str) -> None:
    install(clone, group)
    match change:
        case "go.mod":
            (group.module / "go.mod").write_text("module example.org/tool\n\ngo 1.26.1\n")
        case "source":
            (group.module / "main.go").write_text("package main // changed\n")
        case "Go":
            clone.environ["FAKE_GO_VERSION"] = "1.27.0"
        case "file":
            (clone.place.bin / "box").write_text("cut short")
        case "link":
            (clone.place.bin / "alias").unlink()
    assert not group.ready(clone.place)

    install(clone, group)

    assert group.ready(clone.place)
    assert len(clone.builds()) == 2


def test_a_change_leaves_other_groups_alone(clone, group) -> None:
    other_module = clone.root / "tools" / "other"
    other_module.mkdir()
    (other_module / "go.mod").write_text("module example.org/other\n\ngo 1.26.0\n")
    other = ExampleGroup("other", "another", other_module, group.tools)
    install(clone, group)
    install(clone, other)

    (group.module / "go.mod").write_text("module example.org/tool\n\ngo 1.26.1\n")

    assert not group.ready(clone.place)
    assert other.ready(clone.place)


def test_what_was_built_stays_when_go_is_gone(clone, group) -> None:
    install(clone, group)

    (clone.path / "go").unlink()
    clone.environ["PATH"] = str(clone.path)

    assert group.ready(clone.place)


def test_a_fitting_version_that_appears_on_path_is_taken(clone, group) -> None:
    install(clone, group)
    clone.program("tool", "tool v1.2.5")
    assert not group.ready(clone.place)

    states = install(clone, group)

    assert states["tool"] == "found"


def test_an_unfitting_version_that_appears_on_path_causes_no_build(clone, group) -> None:
    install(clone, group)
    clone.program("tool", "tool v9.0.0")

    install(clone, group)

    assert group.ready(clone.place)
    assert len(clone.builds()) == 1


def test_a_tool_that_vanishes_from_path_is_had_otherwise(clone, group) -> None:
    clone.program("tool", "tool v1.2.3")
    install(clone, group)
    (clone.path / "tool").unlink()
    assert not group.ready(clone.place)

    assert install(clone, group)["tool"] == "built"


def test_a_failed_build_shows_the_end_of_the_log_and_leaves_nothing_half_written(clone, group, tmp_path: Path) -> None:
    script = tmp_path / "fail"
    script.write_text("echo 'main.go:1: undefined: thing' >&2; exit 1\n")
    clone.environ["FAKE_GO_SCRIPT"] = str(script)

    with pytest.raises(BootstrapError) as caught:
        install(clone, group)

    log = clone.place.logs / "example.log"
    assert f"go build ended with exit code 1. The last lines of {log}:" in str(caught.value)
    assert "    | main.go:1: undefined: thing" in str(caught.value)
    assert "python3 -m tools.bootstrap ensure example" in str(caught.value)
    assert "undefined: thing" in log.read_text()
    assert list(clone.place.bin.iterdir()) == []


def test_statuses_say_where_tools_are_or_how_to_get_them(clone, group) -> None:
    before = {status.name: (status.state, status.where) for status in group.statuses(clone.place)}
    install(clone, group)
    after = {status.name: (status.state, status.version) for status in group.statuses(clone.place)}

    assert before["tool"] == ("missing", "python3 -m tools.bootstrap ensure example  (wanted: 1.2.3)")
    assert after == {"tool": ("built", "1.2.3"), "alias": ("built", "1.2.3")}


def test_builds_are_independent_of_the_users_go_settings(clone, group) -> None:
    clone.environ |= {"GOOS": "plan9", "GOFLAGS": "-mod=vendor", "GOTOOLCHAIN": "go1.99.0"}
    shown = clone.path.parent / "shown"
    clone.environ["FAKE_GO_SCRIPT"] = str(clone.path.parent / "show")
    Path(clone.environ["FAKE_GO_SCRIPT"]).write_text(
        f'echo "$GOOS|$GOFLAGS|$GOTOOLCHAIN|$GOWORK|$CGO_ENABLED" > {shown}\n'
    )

    install(clone, group)

    assert shown.read_text() == "|-mod=readonly|local|off|0\n"
