"""What the mutation of the rules remembers of promtool's answers."""

from pathlib import Path

import pytest

from tests.rules.mutation.memory import Memory

RULES = [{"name": "g", "rules": [{"record": "r", "expr": "1"}]}]


@pytest.fixture
def promtool(tmp_path: Path) -> Path:
    return program(tmp_path, "3.13.1")


def program(folder: Path, version: str) -> Path:
    made = folder / "promtool"
    made.write_text(f"#!/bin/sh\necho promtool, version {version}\n", encoding="utf-8")
    made.chmod(0o755)
    return made


def test_answers_are_there_again_after_a_trial_was_stopped(tmp_path: Path, promtool: Path):
    first = Memory(tmp_path / "deep" / "answers", promtool)
    first.keep(first.key("a", RULES), True)
    first.keep(first.key("b", RULES), False)
    with (tmp_path / "deep" / "answers").open("a", encoding="utf-8") as stream:
        stream.write("cut-off-in-the-mi")

    second = Memory(tmp_path / "deep" / "answers", promtool)

    assert second.noticed(second.key("a", RULES)) is True
    assert second.noticed(second.key("b", RULES)) is False
    assert second.noticed(second.key("c", RULES)) is None


def test_an_answer_is_of_one_time_line_of_one_set_of_rules_and_of_one_promtool(tmp_path: Path, promtool: Path):
    memory = Memory(tmp_path / "answers", promtool)
    memory.keep(memory.key("a", RULES), True)

    assert memory.noticed(memory.key("a", [{**RULES[0], "rules": []}])) is None
    other = Memory(tmp_path / "answers", program(tmp_path, "2.42.0"))
    assert other.noticed(other.key("a", RULES)) is None


def test_without_a_file_nothing_is_remembered(tmp_path: Path):
    memory = Memory(None, tmp_path / "no-such-program")
    memory.keep(memory.key("a", RULES), True)

    assert memory.noticed(memory.key("a", RULES)) is None
