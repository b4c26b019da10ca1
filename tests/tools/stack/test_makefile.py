import os
import subprocess

import pytest

from tools.paths import ROOT

OURS = ("STACK", "CLUSTER", "YES", "ADOPT", "ARGS", "OF", "PROJECT", "PYTHON", "VENV", "MAKEFLAGS")
CLEAN = {name: value for name, value in os.environ.items() if name not in OURS}


@pytest.fixture
def make(tmp_path):
    """Runs a goal with tools that are there already, and a Python that only tells what it would do."""
    (tmp_path / "python").write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    (tmp_path / "python").chmod(0o755)

    def run(*arguments):
        variables = [] if any(word.startswith("PYTHON=") for word in arguments) else ["PYTHON=true"]
        command = ["make", "-s", f"VENV={tmp_path}", *variables, *arguments]
        return subprocess.run(command, cwd=ROOT, env=CLEAN, capture_output=True, text=True, check=False)

    return run


def would_install(goal):
    """The groups of tools that a `make` goal sees to first; empty for all of them."""
    said = subprocess.run(["make", "-n", goal], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    _, found, rest = said.partition("tools.bootstrap ensure")
    assert found
    return rest.partition(">")[0].split()


@pytest.mark.parametrize("goal", ["lint", "format", "golden", "logs", "down", "clean"])
def test_what_needs_python_alone_builds_no_other_tool(goal):
    assert would_install(goal) == ["python"]


@pytest.mark.parametrize("goal", ["up", "preview", "test", "pulumi", "shell-env"])
def test_what_runs_pulumi_gets_every_tool(goal):
    assert would_install(goal) == []


@pytest.mark.parametrize("word", ["no", "0", "false", "maybe", "1"])
def test_what_yes_says_is_passed_on_word_for_word(make, word):
    assert f"<--yes={word}>" in make("destroy", f"YES={word}", f"ADOPT={word}").stdout


def test_without_yes_nothing_is_agreed_to(make):
    assert make("destroy", "YES=").stdout == "<-m><tools.stack><destroy><--stack><dev>"


@pytest.mark.parametrize("goal", ["up", "lint", "doctor", "policy"])
def test_a_python_that_is_not_there_is_told_with_the_way_out(make, goal):
    answer = make(goal, "PYTHON=no-such-python")

    assert answer.returncode != 0
    assert f"there is no no-such-python on PATH. Name a Python of 3.11 or newer: make {goal} PYTHON=" in answer.stderr


def test_logs_that_do_not_exist_are_told_with_those_that_do(make):
    answer = make("logs", "OF=nothing")

    assert answer.returncode != 0
    assert "OF=nothing: there are no such logs. Allowed: cluster, local, node, observability" in answer.stderr
    assert make("logs", "OF=local").stdout == "<-m><tools.local><logs>"


def test_the_command_that_a_missing_argument_names_can_be_typed_as_it_is(make):
    assert 'make comment ARGS="FILE --github"' in make("comment").stderr
