import io

import pytest

from tools.stack.chatter import Chatter, relay

IMAGE = " +  docker-build:index:Image default"


def test_lines_of_other_resources_stay_as_they_are():
    line = " +  kubernetes:core/v1:Service language created (0.06s) "

    assert Chatter().shorten(line) == line


def test_a_build_log_is_reduced_to_its_steps():
    log = [
        f"{IMAGE} creating (0s)",
        f'{IMAGE} creating (0s) #0 building with "slate" instance using remote driver',
        f"{IMAGE} creating (0s) ",
        f"{IMAGE} creating (1s) #6 [environment 2/3] RUN --mount=type=bind,target=/mnt install",
        f"{IMAGE} creating (4s) #6 3.932 byte code: 974 files, 10.9 MB written",
        f"{IMAGE} creating (4s) #6 DONE 4.7s",
        f"{IMAGE} creating (7s) #8 exporting layers",
        f"{IMAGE} creating (11s) #8 exporting layers 3.7s done",
        f"{IMAGE} created (11s) #8 DONE 3.8s",
    ]
    target = io.StringIO()

    relay(io.StringIO("\n".join(log) + "\n"), target)

    assert target.getvalue().splitlines() == [
        log[0],
        "    image default: environment 2/3",
        "    image default: exporting layers",
        f"{IMAGE} created (11s)",
    ]


@pytest.mark.parametrize("word", ["created", "updated", "replaced"])
def test_the_result_of_a_build_comes_without_the_last_line_of_its_log(word):
    shown = Chatter().shorten(f"{IMAGE} {word} (25s) #12 resolving provenance for metadata file")

    assert shown == f"{IMAGE} {word} (25s)"


def test_an_update_is_reduced_to_its_steps_too():
    update = f"{IMAGE.replace('+', '~')} updating (1s) [diff: ~context,tags]"
    result = update.replace("updating (1s)", "updated (5s)")
    log = [
        update,
        f"{update}; #6 [environment 2/3] RUN --mount=type=bind,target=/mnt install",
        f"{update}; #6 3.932 byte code: 974 files, 10.9 MB written",
        f"{update}; ",
        f"{result}; #12 resolving provenance for metadata file",
        f"{result}; ",
    ]
    chatter = Chatter()

    assert [chatter.shorten(line) for line in log] == [
        update,
        "    image default: environment 2/3",
        None,
        None,
        result,
        result,
    ]


@pytest.mark.parametrize("rest", ["", " [diff: ~tags]; 1 warning", " 1 warning"])
def test_a_result_with_other_remarks_stays_as_it_is(rest):
    line = f"{IMAGE} created (25s){rest}"

    assert Chatter().shorten(line) == line


def test_a_line_of_the_log_that_is_no_step_is_left_out():
    line = f"{IMAGE} creating (25s) #12 resolving provenance for metadata file"

    assert Chatter().shorten(line) is None


def test_each_step_is_told_once_for_each_image():
    chatter = Chatter()
    line = f"{IMAGE} updating (2s) #4 [base 1/5] FROM 127.0.0.1:5000/slate/debian@sha256:ab"

    first, second, other = (
        chatter.shorten(line),
        chatter.shorten(line),
        chatter.shorten(line.replace("default", "base")),
    )

    assert (first, second, other) == ("    image default: base 1/5", None, "    image base: base 1/5")


def test_the_log_of_a_failed_build_is_kept_in_the_diagnostics():
    line = '    error: failed to solve: process "/bin/bash" did not complete successfully: exit code: 1'

    assert Chatter().shorten(line) == line
