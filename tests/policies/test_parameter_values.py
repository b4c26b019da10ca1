"""Values of parameters: what is refused would otherwise be a violation of every object, or of none."""

import json

import pytest

from policies.parameters import PolicyConfigError, parse


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"minimumUserId": True}, "minimumUserId must be a whole number from 0 to 2147483647, not true"),
        ({"minimumUserId": -1}, "must be a whole number from 0 to 2147483647, not -1"),
        ({"minimumUserId": 1000.5}, "must be a whole number"),
        ({"maximumUserId": 2**31}, "must be a whole number from 1 to 2147483647"),
        ({"minimumUserId": 70000}, "minimumUserId (70000) is above maximumUserId (65535)"),
        ({"maximumUserId": 999}, "minimumUserId (1000) is above maximumUserId (999)"),
        ({"maximumIdleMinutes": 0}, "maximumIdleMinutes must be a whole number from 1 to 999999, not 0"),
        ({"gpus": None}, "gpus must be a whole number from 0 to 1000000, not null"),
        ({"podSecurityVersion": "latest"}, "podSecurityVersion is 'latest'; write a version of Kubernetes such as v1."),
        ({"podSecurityVersion": "banana"}, "podSecurityVersion is 'banana'; write a version"),
        ({"podSecurityVersion": "v1.36.4"}, "podSecurityVersion is 'v1.36.4'; write a version"),
        ({"podSecurityVersion": "v1.36\n"}, "write a version"),
        ({"podSecurityVersion": 1.36}, "podSecurityVersion must be a text"),
        ({"registries": ["{nope}/"]}, "holds '{nope}' in '{nope}/'; placeholders are {registry} and {domain}"),
        ({"registries": ["{registry/"]}, "registries holds '{registry/' in"),
        ({"domain": "{Domain}"}, "domain holds '{Domain}'"),
        ({"tolerationKeys": ["{domain}/gpu"]}, "tolerationKeys holds '{domain}' in '{domain}/gpu'; no placeholder is"),
        ({"floors": []}, "must be an object with some of availability, selfHealing, startSuccess"),
        ({"floors": {"uptime": 1}}, "must be an object with some of"),
        ({"floors": {"availability": float("nan")}}, "availability must be a number from 0 to 100, not NaN"),
        ({"floors": {"availability": float("inf")}}, "availability must be a number from 0 to 100, not Infinity"),
        ({"floors": {"availability": True}}, "availability must be a number from 0 to 100, not true"),
        ({"floors": {"availability": 101}}, "availability must be a number from 0 to 100, not 101"),
        ({"floors": {"availability": "99"}}, "availability must be a number from 0 to 100, not '99'"),
        ({"ceilings": {"coldStartSeconds": 10**400}}, "coldStartSeconds must be a number from 0 to 1000000"),
        ({"ceilings": {"coldStartSeconds": -1}}, "coldStartSeconds must be a number from 0 to 1000000, not -1"),
        ({"alerts": {"Burn": 1}}, "alerts must be an object of texts"),
    ],
)
def test_a_value_that_no_object_could_have_is_one_message_with_what_is_allowed(parameters, words):
    with pytest.raises(PolicyConfigError) as refused:
        parse({"parameters": parameters}, "policies/config/test.json")

    assert words in str(refused.value)
    assert str(refused.value).startswith("policies/config/test.json: parameters.")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused_as_json_reads_them(text):
    document = json.loads(f'{{"parameters": {{"floors": {{"availability": {text}}}}}}}')

    with pytest.raises(PolicyConfigError, match="availability must be a number from 0 to 100"):
        parse(document, "file")


@pytest.mark.parametrize(
    "parameters",
    [
        {"minimumUserId": 70000, "maximumUserId": 80000},
        {"minimumUserId": 1000, "maximumUserId": 1000},
        {"maximumIdleMinutes": 1},
        {"podSecurityVersion": "v1.9"},
        {"registries": ["{registry}/slate/", "mirror.{domain}/"]},
        {"mirrors": ["https://conda.{domain}"]},
        {"floors": {"availability": 99.95, "selfHealing": 0}, "ceilings": {"coldStartSeconds": 0.5}},
        {"gpus": 0},
    ],
)
def test_values_at_the_edges_of_what_is_allowed_are_taken(parameters):
    assert parse({"parameters": parameters}, "file").source == "file"
