import subprocess

import pytest

from tools.paths import ROOT


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
