import stat

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stack import configuration
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem

SALT = "v1:salt:v1:proof"
OWN = {"encryptionsalt": SALT, "config": {"slate:tokenSecret": {"secure": "v1:cipher"}}}


@pytest.fixture
def clone(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: slate\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  slate:domain: slate.example\n")
    (tmp_path / "Pulumi.team-a.yaml").write_text("config: {}\n")
    return Layout(tmp_path)


COMMITTED = """\
# A comment.
config:
  # Another one.
  slate:domain: slate.example
  slate:projects:
    - {name: vision}
"""


def merged(text):
    return yaml.safe_load(configuration.merge(text, OWN, "Pulumi.dev.yaml"))


def test_merge_adds_the_own_salt_and_secret_and_keeps_the_text():
    text = configuration.merge(COMMITTED, OWN, "Pulumi.dev.yaml")

    assert yaml.safe_load(text) == {
        "encryptionsalt": SALT,
        "config": {
            "slate:tokenSecret": {"secure": "v1:cipher"},
            "slate:domain": "slate.example",
            "slate:projects": [{"name": "vision"}],
        },
    }
    assert all(line in text.splitlines() for line in COMMITTED.splitlines())


def test_merge_leaves_words_alone_that_yaml_versions_read_differently():
    text = configuration.merge("config:\n  slate:domain: no\n  slate:x: 010\n", OWN, "Pulumi.dev.yaml")

    assert "  slate:domain: no\n  slate:x: 010\n" in text


def test_merge_says_which_file_to_edit():
    assert configuration.merge("", OWN, "Pulumi.dev.yaml").splitlines()[0].count("Pulumi.dev.yaml") == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "config:\n",
        "config: {}\n",
        "config: ~",
        "{}",
        "{config: {}}",
        "config:\n\nother: 1\n",
        "---\nconfig:\n    slate:domain: x\n",
        "config: {slate:domain: x}",
        "other: 1",
        "config:\n  slate:domain: x",
    ],
)
def test_merge_works_however_the_file_is_written(text):
    before = yaml.safe_load(text) or {}

    after = merged(text)

    config = {**(before.get("config") or {}), **OWN["config"]}
    assert after == {**before, "config": config, "encryptionsalt": SALT}


def test_merge_refuses_what_it_cannot_add_to():
    with pytest.raises(StackProblem, match="plain block"):
        merged("config: &x {slate:domain: a}\n")


def test_merge_refuses_a_plain_secret_and_does_not_show_it():
    committed = "config:\n  slate:tokenSecret: hunter2-hunter2-hunter2-hunter2-hunter2\n"

    with pytest.raises(StackProblem, match="no encryption settings") as refused:
        merged(committed)

    assert "hunter2" not in str(refused.value)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1).map("slate:{}".format).filter(lambda key: key != "slate:tokenSecret"),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        ),
    ),
    st.sampled_from([None, True, False]),
)
def test_merge_keeps_every_value(config, style):
    before = yaml.safe_load(text := yaml.safe_dump({"config": config}, default_flow_style=style))

    after = merged(text)

    assert {key: value for key, value in after["config"].items() if key != "slate:tokenSecret"} == before["config"]


@pytest.mark.parametrize(
    ("document", "own"),
    [
        ({"encryptionsalt": SALT}, True),
        ({"secretsprovider": "awskms://alias/x"}, True),
        ({"encryptionsalt": ""}, False),
        ({"config": {}}, False),
    ],
)
def test_a_file_with_its_own_encryption_is_recognised(document, own):
    assert configuration.has_own_encryption(document) is own


def test_settings_values_are_those_of_slate_with_defaults_and_without_the_secret():
    project = {"config": {"slate:scope": {"type": "string", "default": "all"}, "slate:domain": {"type": "string"}}}
    document = {
        "config": {
            "slate:domain": "slate.example",
            "slate:tokenSecret": {"secure": "v1:cipher"},
            "kubernetes:context": "other",
        }
    }

    values = configuration.settings_values(document, project, "Pulumi.dev.yaml")

    assert values == {"scope": "all", "domain": "slate.example"}


def test_a_value_of_the_stack_file_wins_over_the_default():
    project = {"config": {"slate:scope": {"default": "all"}}}

    values = configuration.settings_values({"config": {"slate:scope": "platform"}}, project, "Pulumi.dev.yaml")

    assert values == {"scope": "platform"}


def test_empty_texts_stand_for_absent_values():
    project = {"config": {"slate:platformStack": {"default": ""}}}

    assert configuration.settings_values({"config": {"slate:scope": ""}}, project, "Pulumi.dev.yaml") == {}


def test_the_stacks_are_those_with_a_settings_file(clone):
    assert configuration.stack_names(clone) == ["dev", "team-a"]
    assert configuration.check_stack_name("team-a", clone) == "team-a"


@pytest.mark.parametrize("name", ["prod", "", "../dev", "a b", "dev;rm"])
def test_a_wrong_stack_name_is_answered_with_the_right_ones(clone, name):
    with pytest.raises(StackProblem, match="dev, team-a"):
        configuration.check_stack_name(name, clone)


@pytest.mark.parametrize(
    ("document", "project", "message"),
    [
        ({"config": [1]}, {}, "Pulumi.dev.yaml: `config` must be a mapping of settings, not a list"),
        ({}, {"config": "hi"}, "Pulumi.yaml: `config` must be a mapping of declared settings, not text"),
    ],
)
def test_config_that_is_no_mapping_is_refused(document, project, message):
    with pytest.raises(StackProblem, match=message):
        configuration.settings_values(document, project, "Pulumi.dev.yaml")


def test_a_setting_with_and_without_its_prefix_is_refused():
    document = {"config": {"domain": "a.example", "slate:domain": "b.example", "slate:scope": "all"}}

    with pytest.raises(StackProblem) as caught:
        configuration.settings_values(document, {}, "Pulumi.dev.yaml")

    assert str(caught.value).splitlines() == [
        "Pulumi.dev.yaml: `config` has settings twice, of which only one would count; remove the one without `slate:`:",
        "  domain and slate:domain",
    ]


@pytest.mark.parametrize("key", ["slate:tokenSecret", "tokenSecret", "slate:registryCredentials"])
@pytest.mark.parametrize("value", ["hunter2-hunter2", "{plain: hunter2}", "{secure: v1:x, plain: hunter2}"])
def test_a_secret_in_plain_is_refused_and_not_shown(clone, key, value):
    (clone.root / "Pulumi.dev.yaml").write_text(f"config:\n  {key}: {value}\n")

    with pytest.raises(StackProblem, match="is a secret and must not be read or written in plain") as refused:
        configuration.read_settings("dev", clone)

    assert "hunter2" not in str(refused.value)


def test_a_wrong_setting_is_reported_without_starting_pulumi(clone):
    (clone.root / "Pulumi.dev.yaml").write_text("config:\n  slate:domian: slate.example\n")

    with pytest.raises(StackProblem, match="domian"):
        configuration.read_settings("dev", clone)


def test_private_files_are_for_the_owner_only(tmp_path):
    path = tmp_path / "deep" / "file"

    configuration.write_private(path, "one")
    configuration.write_private(path, "two")

    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
