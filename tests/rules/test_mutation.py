"""Mutation of the rules: the tool itself, and a sample of what `make mutate` does."""

import re
from pathlib import Path

import pytest

from components.service_levels.rules import groups
from tests.conftest import binaries
from tests.rules.declared import default
from tests.rules.mutation import trial
from tests.rules.mutation.equivalents import EQUIVALENTS, reason_for
from tests.rules.mutation.operators import Mutation, mutations, title

SAMPLE = (
    "namespace_workspace:available:bool: clause 2 is gone (unless)",
    "namespace_pod:judged_start_reached:timestamp (ready): min_over_time 1 becomes max_over_time",
    "namespace:workspace_incidents_abandoned:count: == 1 becomes !=",
    "slo:sli_error:ratio_rate1h (availability): [1h] 1 becomes [2h]",
    "WorkspaceDown: waits ten times as long",
    "workspace:maintenance:bool: < 1 becomes >",
)


@pytest.fixture(scope="module")
def tried() -> trial.Trial:
    return trial.Trial(binaries() / "promtool")


def test_every_rule_is_changed_and_every_change_has_a_name_of_its_own(tried: trial.Trial):
    rules = {title(rule) for group in groups(default()) for rule in group["rules"]}

    assert {title(one.original) for one in tried.mutations} == rules
    assert len({one.name for one in tried.mutations}) == len(tried.mutations)


def test_a_part_that_stands_in_a_rule_twice_changes_everywhere_at_once():
    part = "last_over_time(a_metric_with_a_long_name_of_its_own[30s]) and on (namespace, workspace) another"
    rule = {"record": "r", "expr": f"({part}) or ({part})"}

    (doubled,) = [one for one in mutations([{"name": "g", "rules": [rule]}]) if "[30s] 1" in one.name]

    assert doubled.rule["expr"].count("[60s]") == 2


def test_equivalents_are_mutations_and_have_reasons(tried: trial.Trial):
    names = [one.name for one in tried.mutations]

    assert all(any(re.fullmatch(kind.pattern, name) for name in names) for kind in EQUIVALENTS)
    assert all(len(kind.reason) > 40 for kind in EQUIVALENTS)
    assert reason_for("WorkspaceDown: label severity is gone") is None


@pytest.mark.rules
@pytest.mark.parametrize("name", SAMPLE)
def test_a_time_line_notices_a_wrong_rule(tried: trial.Trial, name: str):
    (mutation,) = [one for one in tried.mutations if one.name == name]

    assert tried.noticed_by(mutation)


@pytest.mark.rules
def test_what_promtool_has_answered_it_is_not_asked_again(tried: trial.Trial, tmp_path: Path):
    mutation = tried.mutations[0]
    first = trial.Trial(tried.promtool, tmp_path / "answers").noticed_by(mutation)
    silent = tmp_path / "promtool"
    silent.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec {tried.promtool} --version\nkill -INT $$\n')
    silent.chmod(0o755)

    again = trial.Trial(silent, tmp_path / "answers").noticed_by(mutation)

    assert again == first is not None
    with pytest.raises(RuntimeError, match="promtool ended with -2"):
        trial.Trial(silent).noticed_by(mutation)


@pytest.mark.rules
def test_a_rule_that_is_right_is_not_noticed(tried: trial.Trial, monkeypatch: pytest.MonkeyPatch):
    rule = tried.settings[0].groups[0]["rules"][2]
    same = Mutation("nothing", "slate-states", rule, dict(rule))
    quickest = tried.settings[0].cases[:3]
    monkeypatch.setattr(tried, "settings", [trial.Setting.made(tried.settings[0].groups, quickest)])

    assert tried.noticed_by(same) is None


def test_without_promtool_the_command_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from tests.rules.mutation import __main__ as command

    monkeypatch.setenv("SLATE_BINARIES", str(tmp_path))

    assert command.main([]) == 2
    assert "tools.bootstrap ensure prometheus" in capsys.readouterr().err
