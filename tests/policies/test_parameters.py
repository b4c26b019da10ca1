"""The files of parameters: what they may say, and what is refused in one message."""

import json
from datetime import date

import pytest

from policies.pack import stack_settings
from policies.parameters import FOLDER, Parameters, PolicyConfigError, load, parse

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
        ({"parameters": {"minimumUserId": True}}, "must be a whole number"),
        ({"parameters": {"internetEgress": "yes"}}, "must be true or false"),
        ({"parameters": {"floors": {"uptime": 1}}}, "must be an object with some of"),
        ({"levels": {"SLATE-PRIV": "off"}}, "levels.SLATE-PRIV is 'off'; allowed: mandatory, advisory, disabled"),
        ({"exemptions": [{"rule": "SLATE-PRIV"}]}, "exemptions[0] must have rule and resource"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_what_is_allowed(document, words):
    with pytest.raises(PolicyConfigError) as refused:
        parse(document, "policies/config/test.json")

    assert words in str(refused.value)
    assert str(refused.value).startswith("policies/config/test.json")


def test_all_problems_are_named_at_once():
    document = {"parameters": {"a": 1, "b": 2}, "levels": {"X": "loud"}}

    with pytest.raises(PolicyConfigError) as refused:
        parse(document, "file")

    assert len(str(refused.value).splitlines()) == 3


def test_a_file_that_is_no_json_is_one_message(tmp_path):
    (tmp_path / "dev.json").write_text("{")

    with pytest.raises(PolicyConfigError, match=r"policies/config/dev\.json cannot be read"):
        load("dev", tmp_path)


def test_an_exemption_is_read_with_its_date():
    entry = {"rule": "R", "resource": "Pod a/b", "reason": "why", "owner": "who", "expires": "2026-12-31"}

    (exemption,) = parse({"exemptions": [entry]}, "file").exemptions

    assert exemption.expires == date(2026, 12, 31)
    assert exemption.complete


@pytest.mark.parametrize("expires", ["soon", "31.12.2026", "2026-13-01", ""])
def test_an_exemption_without_a_date_is_incomplete_but_no_error_of_the_file(expires):
    entry = {"rule": "R", "resource": "Pod a/b", "reason": "why", "owner": "who", "expires": expires}

    assert not parse({"exemptions": [entry]}, "file").exemptions[0].complete


def test_the_pack_reads_the_settings_it_may_know_and_no_secret():
    configuration = {
        f"slate:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in SETTINGS.items()
    }

    settings = stack_settings(json.dumps(configuration | {"slate:tokenSecret": "secret", "slate:images": "{}"}))

    assert settings == SETTINGS
