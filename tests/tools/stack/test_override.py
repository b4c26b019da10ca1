import pytest
import yaml

from tools.paths import ROOT
from tools.stack import configuration
from tools.stack.problem import StackProblem

HOST = (("slate:registry", "host"), "127.0.0.1:20001")
OFF = (("slate:images", "build"), False)


def overridden(text, *overrides):
    return yaml.safe_load(configuration.override(text, overrides, "Pulumi.dev.yaml"))


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("  slate:registry:\n    type: local\n", {"type": "local", "host": "127.0.0.1:20001"}),
        ("  slate:registry: {type: local}\n", {"type": "local", "host": "127.0.0.1:20001"}),
        (
            "  slate:registry:\n    host: old # a comment\n    type: local\n",
            {"host": "127.0.0.1:20001", "type": "local"},
        ),
        ("  slate:registry: {}\n", {"host": "127.0.0.1:20001"}),
        ("  slate:registry:\n", {"host": "127.0.0.1:20001"}),
        ("  slate:registry: null\n", {"host": "127.0.0.1:20001"}),
        ("", {"host": "127.0.0.1:20001"}),
    ],
)
def test_a_key_is_set_whether_it_and_its_section_are_there_or_not(section, expected):
    text = f"# on top\nconfig:\n  slate:domain: no\n{section}  slate:scope: all\n"

    made = overridden(text, HOST)

    assert made["config"]["slate:registry"] == expected
    assert made["config"]["slate:scope"] == "all"


@pytest.mark.parametrize("text", ["", "config:\n", "config: {}\n", "# only a comment\n"])
def test_a_file_without_settings_gets_them(text):
    assert overridden(text, HOST, OFF)["config"] == {
        "slate:registry": {"host": "127.0.0.1:20001"},
        "slate:images": {"build": False},
    }


def test_the_rest_of_the_text_stays_as_it_is():
    text = (ROOT / "Pulumi.dev.yaml").read_text()

    made = configuration.override(text, (OFF, HOST), "Pulumi.dev.yaml")

    assert yaml.safe_load(made)["config"]["slate:images"]["build"] is False
    assert [line for line in text.splitlines() if "build: true" not in line and line not in made.splitlines()] == []


def test_nothing_to_set_changes_nothing():
    assert configuration.override("config:\n  a: no\n", (), "Pulumi.dev.yaml") == "config:\n  a: no\n"


@pytest.mark.parametrize(
    "text", ["config:\n  slate:registry: [1]\n", "config: [1]\n", "config:\n  slate:registry: x\n"]
)
def test_what_cannot_be_added_to_gets_one_message(text):
    with pytest.raises(StackProblem, match=r"Pulumi\.dev\.yaml: write `config:` and slate:registry as plain blocks"):
        overridden(text, HOST)
