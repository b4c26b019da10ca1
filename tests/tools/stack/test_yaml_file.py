import re
from itertools import pairwise

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stack.problem import StackProblem
from tools.stack.yaml_file import read_yaml


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"config:\n  a: [1\nb: 2\n", "line 3"),
        (b"- a\n- b\n", "must be a mapping"),
        (b"config: \xff\n", "UTF-8"),
        (b"plain", "must be a mapping"),
        (b"a: " + b"1" * 5000, "line 1, column 4: this cannot be read as a value of the kind int"),
        (b"a: 1\nb: 2026-13-45", "line 2, column 4: this cannot be read as a value of the kind timestamp"),
        (b"a: !!int ''", "line 1, column 4: this cannot be read as a value of the kind int"),
        (b"a: !!bool x", "line 1, column 4: this cannot be read as a value of the kind bool"),
        (b"a: !!timestamp x", "line 1, column 4: this cannot be read as a value of the kind timestamp"),
        (
            b"a: " + b":".join([b"1"] * 500) + b".0",
            "line 1, column 4: this cannot be read as a value of the kind float",
        ),
        (b"a: " + b"[" * 5000, "nested too deeply"),
        (b"a: " + b"{a: " * 5000, "nested too deeply"),
    ],
)
def test_an_unreadable_file_gives_one_message(tmp_path, content, message):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(content)

    with pytest.raises(StackProblem, match=re.escape(message)) as refused:
        read_yaml(path)

    assert "Pulumi.dev.yaml" in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StackProblem, match=r"Pulumi\.gone\.yaml cannot be read"):
        read_yaml(tmp_path / "Pulumi.gone.yaml")


@settings(deadline=None)
@given(st.binary())
def test_no_file_content_leads_to_anything_but_a_mapping_or_a_message(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("files") / "Pulumi.any.yaml"
    path.write_bytes(content)

    try:
        result: object = read_yaml(path)
    except StackProblem as problem:
        result = str(problem)

    assert isinstance(result, dict) or "Pulumi.any.yaml" in str(result)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", ["line 3: a (first in line 1)"]),
        ('a: 1\n"a": 1\n', ["line 2: a (first in line 1)"]),
        ("config:\n  x: {b: 1, c: 2, b: 3}\n", ["line 2: b (first in line 2)"]),
        ("- {a: 1, a: 2}\n", ["line 1: a (first in line 1)"]),
        ("a: 1\na: 2\nb: {c: 1,\n  c: 2}\na: 3\n", ["line 2: a", "line 4: c", "line 5: a (first in line 1)"]),
        ('"a\\e[31m": 1\n"a\\e[31m": 2\n', [r"line 2: a\x1b[31m"]),
    ],
)
def test_keys_that_are_there_twice_are_refused_in_one_message(tmp_path, content, told):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(content)

    with pytest.raises(StackProblem, match=r"^Pulumi\.dev\.yaml has keys twice") as refused:
        read_yaml(path)

    first, *listed = str(refused.value).splitlines()
    assert len(listed) == len(told)
    assert all(wanted in line for wanted, line in zip(told, listed, strict=True)), first


def test_of_hundreds_of_keys_twice_some_are_listed_and_values_are_not(tmp_path):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("a: hunter2\n" * 300)

    with pytest.raises(StackProblem) as refused:
        read_yaml(path)

    assert str(refused.value).endswith("... and 279 more")
    assert "hunter2" not in str(refused.value)


_ALIASES = "".join(f"  {name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise("abcdefgh"))


@pytest.mark.parametrize(
    "content", [f"config:\n  a: &a [x]\n{_ALIASES}", "config: &a\n  domain: *a\n", "config: &a [[*a]]\n"]
)
def test_aliases_that_stand_for_millions_of_values_or_without_end_are_refused(tmp_path, content):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(content)

    with pytest.raises(StackProblem, match="has more than 1,000,000 values, each alias"):
        read_yaml(path)


def test_aliases_are_read_as_what_they_stand_for(tmp_path):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config:\n  a: &a [x]\n  b: [*a, *a]\n")

    assert read_yaml(path) == {"config": {"a": ["x"], "b": [["x"], ["x"]]}}


@pytest.mark.parametrize(
    "content",
    [
        "a: {x: 1}\nb: {x: 1}\n",
        "base: &base {x: 1}\nown: {<<: *base, x: 2}\n",
        "deep: {deeper: &a {<<: &b {x: 1}, x: 2}}\nlast: {<<: *a}\n",
        "1: a\n'1': b\n",
        "config: &x {slate:domain: a}\n",
    ],
)
def test_keys_that_are_there_once_are_read_as_ever(tmp_path, content):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(content)

    assert read_yaml(path) == yaml.safe_load(content)
