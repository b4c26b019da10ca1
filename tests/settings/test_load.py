"""Every kind of mistake gets one clear message; all mistakes of a file come together; valid settings pass."""

import json
from typing import Any

import pytest

from settings import Settings, SettingsError, from_config, load
from tests.settings.examples import (
    OTHER_KEY,
    STACKS,
    changed,
    drop,
    put,
    stack_values,
    together,
    valid,
)
from tests.settings.mistakes import MISTAKES, Mistake


def refused(values: Any, source: str = "Pulumi.test.yaml") -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(values, source)
    return caught.value


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_gets_one_clear_message(mistake: Mistake):
    error = refused(changed(mistake.change))

    text = str(error)
    assert len(error.problems) == 1, text
    header, blank, where, *rest = text.split("\n")
    facts = dict(line.strip().split(": ", 1) for line in rest)
    assert header == "Pulumi.test.yaml: 1 problem in the settings"
    assert blank == ""
    assert where.startswith(f"  {mistake.path}: ")
    assert mistake.what in where
    assert mistake.allowed in facts["allowed"]
    assert mistake.fix in facts["fix"]
    if mistake.given is None:
        assert "given" not in facts
    else:
        assert mistake.given in facts["given"]


def test_the_table_of_mistakes_is_wide_and_its_entries_differ():
    assert len(MISTAKES) >= 40
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)


def test_valid_settings_are_accepted():
    assert isinstance(load(valid()), Settings)


def test_images_of_ones_own_may_have_another_user():
    settings = load(changed(put("images.build", False), put("workspaceDefaults.userId", 2000)))

    assert settings.workspace_defaults.user_id == 2000


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_files_of_the_repository_are_valid(stack: str):
    settings = load(stack_values(stack), f"Pulumi.{stack}.yaml")

    assert settings.fleet()


def test_all_problems_of_a_file_come_in_one_message():
    independent = [
        put("domain", "https://slate.example.com"),
        put("nodePools[0].shape.pods", "many"),
        put("projects[0].workspaces[1].idle.warnMinutes", 60),
        put("projects[0].quota.workspaces", 1),
        put("serviceLevels.availability", 100),
        put("imagse", {}),
    ]

    error = refused(changed(*independent))

    assert str(error).startswith("Pulumi.test.yaml: 6 problems in the settings\n")
    assert [problem.path for problem in error.problems] == [
        ("domain",),
        ("nodePools", 0, "shape", "pods"),
        ("projects", 0, "quota", "workspaces"),
        ("projects", 0, "workspaces", 1, "idle", "warnMinutes"),
        ("serviceLevels", "availability"),
        ("imagse",),
    ]


def test_checks_across_keys_run_beside_wrong_values_and_name_the_right_entries():
    broken = {"name": "Broken", "user": "x"}
    values = changed(
        put("projects[0].workspaces[0].homeSize", "huge"),
        put("projects[0].workspaces[]", broken),
        put("projects[0].workspaces[]", {"name": "carol", "user": "carol", "profile": "larg"}),
        put("projects[0].workspaces[]", {"name": "bob", "user": "bob"}),
        put("projects[0].quota.workspaces", 9),
    )

    error = refused(values)

    assert [problem.path[2:] for problem in error.problems] == [
        ("workspaces", 0, "homeSize"),
        ("workspaces", 2, "name"),
        ("workspaces", 3, "profile"),
        ("workspaces", 4, "name"),
    ]


def test_nothing_is_said_that_only_follows_from_another_mistake():
    # The pool of every GPU workspace is unreadable; none of them is told that its profile does not exist.
    error = refused(changed(put("nodePools[1].shape", "big")))

    assert [problem.path for problem in error.problems] == [("nodePools", 1, "shape")]


def test_a_default_that_is_wrong_for_many_workspaces_is_said_once():
    many = [put("projects[0].workspaces[]", {"name": f"w-{number}", "user": "u"}) for number in range(20)]
    values = changed(*many, put("projects[0].quota.workspaces", 30), put("workspaceDefaults.environment", "torch"))

    error = refused(values)

    assert ("workspaceDefaults", "environment") in [problem.path for problem in error.problems]
    assert sum("environment" in problem.path for problem in error.problems) == 1


def test_a_message_does_not_grow_without_end():
    many = [put("projects[0].workspaces[]", {"name": "bob", "user": "u"}) for _ in range(150)]

    error = refused(changed(*many, put("projects[0].quota.workspaces", 1)))

    assert len(error.problems) > 100
    assert f"... and {len(error.problems) - 100} more" in str(error)


@pytest.mark.parametrize("values", [None, [], "text", 3, True])
def test_settings_that_are_no_mapping_are_refused(values: object):
    assert "the settings: is not a mapping" in str(refused(values)) or "has no value" in str(refused(values))


def test_settings_nested_without_end_are_refused():
    endless: dict[str, Any] = {}
    endless["options"] = endless

    error = refused({**valid(), "conda": endless})

    assert "nested too deeply" in str(error)


@pytest.mark.parametrize(("scope", "count"), [("all", 1), ("projects", 1), ("platform", 0)])
def test_the_scope_decides_whether_projects_are_declared(scope: str, count: int):
    changes = [put("scope", scope)]
    if scope == "projects":
        changes.append(put("platformStack", "organization/slate/platform"))

    assert len(load(changed(*changes)).fleet()) == count


def test_a_platform_stack_needs_no_projects():
    assert load(changed(put("scope", "platform"), drop("projects"))).projects == ()


def test_an_empty_platform_stack_counts_as_absent():
    assert load({**valid(), "platformStack": ""}).platform_stack is None


def test_whole_numbers_may_arrive_as_floats_and_quantities_as_numbers():
    values = changed(
        put("nodePools[0].size.fixed", 2.0), put("nodePools[0].shape.cpu", 16.0), put("projects[0].quota.cpu", 7.5)
    )

    settings = load(values)

    assert settings.node_pools[0].size.fixed == 2
    assert isinstance(settings.node_pools[0].size.fixed, int)
    assert settings.node_pools[0].shape.cpu == "16"
    assert settings.projects[0].quota.cpu == "7500m"


def test_mig_partitions_name_their_resource():
    change = together(
        put("nodePools[1].accelerator", {"count": 28, "sharing": "mig", "migProfile": "1g.10gb"}),
        put("nodePools[1].profiles[0].gpus", 1),
    )

    accelerator = load(changed(change)).node_pools[1].accelerator

    assert accelerator is not None
    assert accelerator.resource == "nvidia.com/mig-1g.10gb"


def test_settings_cannot_be_changed_after_loading():
    settings = load(valid())

    with pytest.raises(ValueError, match="frozen"):
        settings.domain = "other.example.com"  # pyright: ignore[reportAttributeAccessIssue]


def test_pulumi_configuration_is_turned_into_values():
    values = valid()
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}

    assert from_config({**texts, "platformStack": "", "tokenSecret": "s"}) == {**values, "platformStack": ""}
    assert load(from_config(texts)) == load(values)


def test_configuration_that_is_no_json_is_refused_with_a_message():
    error = refused(from_config({"domain": "[x", "registry": "{host: x", "nodePools": "cpu"}))

    assert [problem.path for problem in error.problems] == [("domain",), ("registry",), ("nodePools",)]


def test_keys_of_one_list_may_differ_by_owner():
    assert load(changed(put("projects[0].workspaces[0].sshKeys[]", OTHER_KEY)))


def test_a_mistake_in_the_defaults_does_not_hide_those_of_workspaces():
    values = stack_values("dev")
    values["workspaceDefaults"]["unknown"] = 1
    project = values["projects"][0]
    project["workspaces"][0]["profile"] = "nowhere"
    project["quota"]["cpu"] = 1

    paths = {problem.path for problem in refused(values).problems}

    assert {
        ("workspaceDefaults", "unknown"),
        ("projects", 0, "workspaces", 0, "profile"),
        ("projects", 0, "quota", "cpu"),
    } <= paths
