"""`render`: the terminal says what the comment says, and the exit code is the verdict."""

import json

import pytest

from tests.tools.preview import cases, made_steps
from tools.preview import cli, comment, terminal
from tools.preview.analysis import Analysis
from tools.preview.recording import Error, Recording
from tools.preview.steps import PropertyChange


def recorded(name):
    return str(cases.RECORDINGS / f"{name}.jsonl.gz")


@pytest.mark.parametrize("name", cases.CASES)
def test_the_terminal_says_what_the_comment_says(name, capsys, tmp_path):
    out = tmp_path / "deep" / "preview"

    code = cli.main(["render", recorded(name), "--stack", "dev", "--markdown", f"{out}.md", "--json", f"{out}.json"])

    said = capsys.readouterr().out
    titles = [
        line.strip("# ") for line in (tmp_path / "deep" / "preview.md").read_text().splitlines() if "####" in line
    ]
    assert [title for title in titles if title not in said] == []
    assert f"written: {out}.md" in said
    assert max(map(len, said.splitlines())) <= 200
    found = json.loads((tmp_path / "deep" / "preview.json").read_text())
    assert f": {found['verdict']}\n" in said
    assert code == (0 if found["passes"] else 1)


def test_no_control_sequence_reaches_the_terminal():
    found = Recording("dev", "preview", errors=(Error("urn:a::b::c::\x1b[2J", "\x1b]0;title\x07\x1b[31mred"),))

    said = terminal.write(comment.document(found, Analysis()))

    assert "U+001B" in said
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize("nothing", ["", "  "])
def test_a_value_with_nothing_in_it_can_be_seen(nothing):
    change = PropertyChange("data.bob", "update", nothing, "x")
    step = made_steps.step("kubernetes:core/v1:ConfigMap", "a", "update", {}, {}, diffs=(change,))

    said = terminal.write(comment.document(made_steps.recording(step), Analysis()))

    assert "data.bob from (empty) to x" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"\x1f\x8bbroken", "cannot be read"),
        (b"\x1f\x8b\x08", "cannot be"),
        (b"the-host\n", "is no recording"),
        (b"<!DOCTYPE html>\n<title>Preview</title>\n", "is no recording"),
        (b'{\n  "version": 1,\n  "verdict": "ready"\n}\n', "is no recording"),
        (b'{"version": 1}\n', "is no recording"),
        (b"\x00\xff\x00", "is no recording"),
    ],
)
def test_what_is_no_recording_is_said_in_one_line(tmp_path, capsys, content, said):
    file = tmp_path / "events.jsonl.gz"
    if content is not None:
        file.write_bytes(content)

    assert cli.main(["render", str(file)]) == 2

    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1


def test_a_file_that_cannot_be_written_keeps_nothing_else_from_it(tmp_path, capsys):
    given = ["--stack", "dev", "--markdown", str(tmp_path), "--json", str(tmp_path / "preview.json")]

    assert cli.main(["render", recorded("new-workspace"), *given]) == 2

    said = capsys.readouterr()
    assert said.err == f"error: {tmp_path} cannot be written: it is a directory. Name a file in it.\n"
    assert "preview of stack dev: ready" in said.out
    assert (tmp_path / "preview.json").exists()


def test_a_log_that_does_not_say_whose_it_is_needs_no_name(tmp_path, capsys):
    file = tmp_path / "events"
    file.write_text("")

    cli.main(["render", str(file)])

    assert "Slate: preview: interrupted\n" in capsys.readouterr().out


@pytest.mark.parametrize("limit", ["100", "huge", "-1", "5999"])
def test_a_limit_that_is_too_low_is_refused(capsys, limit):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["render", recorded("new-workspace"), f"--limit={limit}"])

    assert stopped.value.code == 2
    assert "github, gitlab or a number of characters from 6000 on" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", '{"sequence":0,"preludeEvent":{"conf', '{"sequence":0,"stdoutEvent":{}}\n'])
def test_a_log_that_ends_early_is_an_interrupted_run(tmp_path, capsys, content):
    file = tmp_path / "events"
    file.write_text(content)

    assert cli.main(["render", str(file), "--stack", "dev"]) == 1

    assert "preview of stack dev: interrupted" in capsys.readouterr().out
