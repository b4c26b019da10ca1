"""What `make policy` says of stack files that cannot be judged."""

import datetime
import re
from typing import Any

import pytest
import yaml

from tools.policy import __main__ as command

DAY = datetime.date(2026, 1, 1)


@pytest.fixture(autouse=True)
def _root(files, monkeypatch) -> None:
    monkeypatch.setattr(command, "ROOT", files)


def refused(capsys: pytest.CaptureFixture[str], stack: str = "dev") -> str:
    """The one message about a stack."""
    assert command.main(["--stack", stack]) == 2
    said = capsys.readouterr()
    assert said.out == f"{stack}: not judged\n"
    assert said.err.startswith("error: ")
    assert said.err.count("error: ") == 1
    return said.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[1,2]", "Pulumi.dev.yaml must be a mapping with a key `config`, not a list."),
        (b"config: \xff", "Pulumi.dev.yaml is not UTF-8 text (byte 8)."),
        (b"config: hi", "Pulumi.dev.yaml: `config` must be a mapping of settings, not text."),
        (b"config: {1: 2}", "  1: is not a known key"),
        (b"config:\n  a: [1", "Pulumi.dev.yaml is not valid YAML: line 2, column 8: expected ',' or ']'"),
        (b"config:\n  slate:domain: a\n  slate:domain: b", "  line 3: slate:domain (first in line 2)"),
        (b"config: " + b"1" * 5000, "Pulumi.dev.yaml is not valid YAML: line 1, column 9:"),
        (b"config: " + b"[" * 5000, "Pulumi.dev.yaml is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_message(files, capsys, content, message):
    (files / "Pulumi.dev.yaml").write_bytes(content)

    assert message in refused(capsys)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("slate:registry",), "local", "registry: is not a mapping"),
        (("slate:nodePools",), "x", "nodePools: is not a list"),
        (("slate:nodePools",), ["x"], "nodePools[0]: is not a mapping"),
        (("slate:nodePools", 0, "name"), None, "nodePools[0].name: "),
        (("slate:projects",), "x", "projects: is not a list"),
        (("slate:projects",), ["x"], "projects[0]: is not a mapping"),
        (("slate:projects", 0, "workspaces"), "x", "projects[0] (vision).workspaces: is not a list"),
        (("slate:projects", 0, "workspaces", 0, "environment"), ["x"], "(alice).environment: is not a text"),
        (("slate:projects", 0, "workspaces", 0, "name"), DAY, "workspaces[0].name: is not a text"),
        (("slate:images",), "x", "images: is not a mapping"),
        (("slate:workspaceDefaults",), "x", "workspaceDefaults: is not a mapping"),
        (("slate:domain",), DAY, "domain: is not a text"),
        (("slate:domain",), "not a domain", "domain: "),
        (("slate:tokenSecret",), "HUNTER2", "tokenSecret: is a secret and must not be read or written in plain"),
        (("slate:registryCredentials",), {"password": "HUNTER2"}, "registryCredentials: is a secret"),
    ],
)
def test_wrong_settings_are_the_message_that_a_preview_gives(files, capsys, path, value, message):
    file = files / "Pulumi.dev.yaml"
    content: Any = yaml.safe_load(file.read_text())
    *parents, last = path
    holder = content["config"]
    for key in parents:
        holder = holder[key]
    holder[last] = value
    file.write_text(yaml.safe_dump(content))

    said = refused(capsys)

    assert message in re.sub(r" \(line \d+\)", "", said)
    assert "HUNTER2" not in said


@pytest.mark.parametrize("stack", ["nope", "../dev", ""])
def test_a_stack_that_is_not_there_is_answered_with_those_that_are(capsys, stack):
    assert "Stacks here: dev." in refused(capsys, stack)
