"""The files of parameters: what they may say, and what is refused in one message."""

import json
from datetime import date

import pytest

from policies.changes.table import CHANGE_RULES
from policies.fleet import STACK_RULES
from policies.pack import stack_settings
from policies.parameters import FOLDER, Parameters, PolicyConfigError, load, parse
from policies.table import RULES

SETTINGS = {
    "domain": "slate.example.org",
    "registry": {"host": "registry.example.org:5000"},
    "nodePools": [
        {"name": "cpu", "size": {"fixed": 3}},
        {"name": "gpu", "size": {"min": 0, "max": 4}, "accelerator": {"count": 8}},
    ],
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_file_of_the_repository_is_right(path):
    assert load(path.stem).source == f"policies/config/{path.name}"


def test_a_stack_without_a_file_takes_the_default():
    assert load("team-of-somebody").source == "policies/config/default.json"


def test_settings_of_the_stack_are_put_in():
    given = parse({"parameters": {"registries": ["{registry}/slate/", "mirror.example.org/"]}}, "x").resolved(SETTINGS)

    assert given.registries == ("registry.example.org:5000/slate/", "mirror.example.org/")
    assert given.domain == "slate.example.org"
    assert given.gpus == 32


def test_without_a_registry_no_prefix_is_left_that_allows_everything():
    assert Parameters().resolved({}).registries == ()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "must be an object"),
        ({"rules": {}}, "unknown key 'rules'; allowed: parameters, levels, exemptions"),
        ({"parameters": {"registry": "x"}}, "parameters.registry is unknown"),
        ({"parameters": {"registries": ["registry.example.org:5000"]}}, "must end with a slash"),
        ({"parameters": {"registries": "x/"}}, "must be a list of texts"),
        ({"parameters": {"internetEgress": "yes"}}, "must be true or false"),
        (
            {"exemptions": [{"rule": "SLATE-QUOTA", "resource": "Namespace ws-vision"}]},
            "exemptions[0]: SLATE-QUOTA is about the stack, not an object; set its level in levels instead",
        ),
        ({"levels": {"SLATE-PRIV": "off"}}, "levels.SLATE-PRIV is 'off'; allowed: mandatory, advisory, disabled"),
        ({"levels": {"SLATE-PRIV": ["off"]}}, "levels.SLATE-PRIV is ['off']; allowed: mandatory"),
        ({"levels": {"SLATE-UNHEARD-OF": "advisory"}}, "levels.SLATE-UNHEARD-OF: there is no such rule (docs/policies"),
        ({"levels": {"SLATE-NOPE": "advisory"}}, "levels.SLATE-NOPE: there is no such rule (docs/policies.md"),
        ({"levels": {"PRIV": "advisory"}}, "there is no such rule (did you mean SLATE-PRIV?)"),
        ({"levels": {"SLATE-PRIF": "advisory"}}, "there is no such rule (did you mean SLATE-PRIV?)"),
        ({"levels": "x"}, 'levels must be an object, such as {"SLATE-DNS": "advisory"}; it is \'x\''),
        ({"levels": ["x"]}, "levels must be an object"),
        ({"levels": []}, "levels must be an object"),
        ({"levels": None}, 'levels must be an object, such as {"SLATE-DNS": "advisory"}; it is null'),
        ({"parameters": ["x"]}, "parameters must be an object, such as"),
        ({"parameters": None}, "parameters must be an object"),
        ({"parameters": 0}, "parameters must be an object"),
        ({"exemptions": 5}, "exemptions must be a list of objects, each with rule, resource"),
        ({"exemptions": {}}, "exemptions must be a list"),
        ({"exemptions": None}, "exemptions must be a list"),
        ({"exemptions": ["x"]}, "exemptions[0] must have rule and resource"),
        ({"exemptions": [{"rule": "SLATE-PRIV", "resource": "Pod a/b c"}]}, "exemptions[0].resource is 'Pod a/b c'"),
        (
            {"exemptions": [{"rule": "SLATE-PRIV", "resource": "Pod a/b\nSLATE-DNS Pod a c"}]},
            "exemptions[0].resource is",
        ),
        ({"exemptions": [{"rule": "SLATE-PRIV", "resource": "*"}]}, "exemptions[0].resource is '*'; write `Kind"),
        ({"exemptions": [{"rule": "A Pod b c\nB", "resource": "Pod a/b"}]}, "exemptions[0].rule is"),
        ({"exemptions": [{"rule": "SLATE-PRIV"}]}, "exemptions[0] must have rule and resource"),
        (
            {"exemptions": [{"rule": "SLATE-PRIV", "resource": "Pod a/b", "expires": 20270131}]},
            "exemptions[0].expires must be a text, not 20270131",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_what_is_allowed(document, words):
    with pytest.raises(PolicyConfigError) as refused:
        parse(document, "policies/config/test.json")

    assert words in str(refused.value)
    assert str(refused.value).startswith("policies/config/test.json")


def test_all_problems_are_named_at_once():
    document = {"parameters": {"a": 1, "b": 2}, "levels": {"SLATE-PRIV": "loud"}}

    with pytest.raises(PolicyConfigError) as refused:
        parse(document, "file")

    assert len(str(refused.value).splitlines()) == 3


def test_parts_of_the_wrong_kind_are_named_together():
    with pytest.raises(PolicyConfigError) as refused:
        parse({"parameters": [], "levels": 1, "exemptions": "x"}, "file")

    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("table", [RULES, STACK_RULES, CHANGE_RULES])
def test_rules_of_every_table_may_have_a_level(table):
    levels = {rule.id: "advisory" for rule in table}

    assert parse({"levels": levels}, "file").levels == levels


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "line 1, column 2: Expecting property name enclosed in double quotes. Write names and texts in double"),
        (b'{\n  "levels": {"SLATE-PRIV": off}\n}', "line 2, column 28: Expecting value. Write names"),
        (b"", "line 1, column 1: Expecting value. Write names"),
        (b"{} {}", "line 1, column 4: Extra data. Write names"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff\xfe{}", "no text in UTF-8; save it as such"),
        (b"1" * 5000, "digits"),
    ],
    ids=("brace", "word", "empty", "two", "deep", "bytes", "digits"),
)
def test_a_file_that_is_no_json_is_one_message(tmp_path, content, words):
    (tmp_path / "dev.json").write_bytes(content)

    with pytest.raises(PolicyConfigError) as refused:
        load("dev", tmp_path)

    assert str(refused.value).startswith("policies/config/dev.json cannot be read: ")
    assert words in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_key_that_is_given_twice_is_refused_as_one_of_them_would_be_lost(tmp_path):
    (tmp_path / "dev.json").write_text('{"levels": {"SLATE-PRIV": "disabled"}, "levels": {}}')

    with pytest.raises(PolicyConfigError, match=r"^policies/config/dev\.json: the key 'levels' is given twice"):
        load("dev", tmp_path)


def test_a_folder_in_the_place_of_a_file_is_one_message_without_the_machines_paths(tmp_path):
    (tmp_path / "dev.json").mkdir()

    with pytest.raises(PolicyConfigError, match=r"^policies/config/dev\.json cannot be read: Is a directory$"):
        load("dev", tmp_path)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "dev.json").write_text("{}", encoding="utf-8-sig")

    assert load("dev", tmp_path).levels == {}


def test_an_exemption_is_read_with_its_date():
    entry = {"rule": "R", "resource": "Pod a/b", "reason": "why", "owner": "who", "expires": "2026-12-31"}

    (exemption,) = parse({"exemptions": [entry]}, "file").exemptions

    assert exemption.expires == date(2026, 12, 31)
    assert exemption.complete
    assert exemption.no_day == ""


@pytest.mark.parametrize("expires", ["soon", "31.12.2026", "2026-13-01", "2027-02-30", ""])
def test_an_exemption_without_a_date_is_incomplete_but_no_error_of_the_file(expires):
    entry = {"rule": "R", "resource": "Pod a/b", "reason": "why", "owner": "who", "expires": expires}

    (exemption,) = parse({"exemptions": [entry]}, "file").exemptions

    assert not exemption.complete
    assert exemption.no_day == expires


def test_the_pack_reads_the_settings_it_may_know_and_no_secret():
    configuration = {
        f"slate:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in SETTINGS.items()
    }

    settings = stack_settings(json.dumps(configuration | {"slate:tokenSecret": "secret", "slate:images": "{}"}))

    assert settings == SETTINGS
