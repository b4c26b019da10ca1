import errno
import os
import subprocess
import sys

import pytest

from tools.paths import ROOT
from tools.stack import cli


def stack(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "tools.stack", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", [*cli.COMMANDS, "unprotect", "pulumi"])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])

    assert ended.value.code == 0
    assert "--stack" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["up", "preview", "status", "refresh", "destroy"])
def test_a_wrong_stack_name_is_one_message_and_an_exit_code(command):
    answer = stack(command, "--stack", "no-such-stack")

    assert answer.returncode == 1
    assert 'There is no stack "no-such-stack"' in answer.stderr
    assert "Stacks here: dev, eks, onprem" in answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout


@pytest.mark.parametrize("arguments", [[], ["fly"], ["up", "--cluster", "moon"], ["unprotect"]])
def test_a_wrong_command_line_is_exit_code_2(arguments):
    answer = stack(*arguments)

    assert answer.returncode == 2
    assert "usage:" in answer.stderr


def test_problems_of_the_cluster_are_messages_too(monkeypatch, capsys):
    def broken(*_):
        raise cli.ClusterError("no room for a cluster")

    monkeypatch.setitem(cli.COMMANDS, "up", (broken, ""))

    assert cli.main(["up"]) == 1
    assert capsys.readouterr().err == "\nno room for a cluster\n"


def test_an_interruption_is_no_traceback(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "up", (interrupted, ""))

    assert cli.main(["up"]) == 130
    assert capsys.readouterr().err == "\nInterrupted.\n"


def test_the_time_for_the_tools_is_part_of_the_summary(monkeypatch):
    seen = []
    monkeypatch.setitem(cli.COMMANDS, "up", (lambda _request, _layout, progress: seen.append(progress.phases) or 0, ""))
    monkeypatch.setenv("SLATE_TOOLS_SECONDS", "7")

    assert cli.main(["up"]) == 0
    assert seen == [[("tools", 7)]]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "sudo chown -R"),
        (errno.EROFS, "must belong to you and be writable"),
        (errno.ENOSPC, "Free some disk space"),
        (errno.EIO, "Run this command again"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_message_with_its_name_and_what_to_do(number, advice, monkeypatch, capsys):
    def unwritable(*_):
        raise OSError(number, os.strerror(number), ".slate/stacks/dev.lock")

    monkeypatch.setitem(cli.COMMANDS, "up", (unwritable, ""))

    assert cli.main(["up"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"\n.slate/stacks/dev.lock: {os.strerror(number)}.\n")
    assert advice in said


@pytest.mark.parametrize(
    ("given", "meant"),
    [([], False), (["--yes"], True)]
    + [([f"--yes={word}"], True) for word in ("1", "yes", "TRUE", "on")]
    + [([f"--yes={word}"], False) for word in ("0", "no", "False", "off", "")],
)
def test_yes_means_yes_and_no_means_no(given, meant):
    assert cli.parser().parse_args(["destroy", *given]).yes is meant


def test_a_word_that_is_neither_yes_nor_no_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["destroy", "--yes=maybe"])

    assert ended.value.code == 2
    assert '"maybe" is neither yes (1, yes, true, on) nor no (0, no, false, off)' in capsys.readouterr().err
