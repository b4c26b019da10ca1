"""The real program with each stack file, under strict mocks: what it declares, and what it refuses."""

import copy
import re
from typing import Any

import pulumi
import pytest
import yaml

from components import observation
from components.homes import Home
from tests.components.manifests import validate
from tests.harness import ROOT, TOKEN_SECRET, run_program, stack_config
from tests.supply import CREDENTIALS

STACKS = ("dev", "onprem", "eks")


def run_stack(stack: str, **options: Any):
    """The program with a stack's file, built images apart; the platform stack that it may refer to has all pools."""
    settings = unbuilt(stack)
    pools = [pool["name"] for pool in settings["slate:nodePools"]]
    platforms = {settings.get("slate:platformStack", ""): {"node_pools": pools}}
    return run_program(stack_config(settings), stack=stack, platforms=platforms, **options)


def refusal(config: dict[str, str], caplog: pytest.LogCaptureFixture, **options: Any) -> str:
    """What the program tells when it refuses to go on; its exit code says that the user has been told."""
    with pytest.raises(SystemExit) as end:
        run_program(config, **options)
    assert end.value.code == 32
    (told,) = [record.message for record in caplog.records if record.levelname == "ERROR"]
    return told


@pytest.fixture
def found(monkeypatch) -> dict[str, Any]:
    """What the cluster is said to hold already; the test changes it."""
    facts: dict[str, Any] = {"homes": {}, "nodes": None, "asked": []}

    def read(**asked: Any) -> observation.Observation:
        facts["asked"].append(asked)
        return observation.Observation(facts["homes"], facts["nodes"] if asked["nodes"] else None)

    monkeypatch.setattr(observation, "read", read)
    return facts


def settings_of(stack: str) -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"])


def unbuilt(stack: str) -> dict[str, Any]:
    """A stack's settings, without what is built: that has tests of its own (test_supply_chain.py)."""
    settings = settings_of(stack)
    images = settings["slate:images"] | {"build": False}
    if stack == "onprem":
        images["environments"] |= {"default": images["environments"]["vision"]}
        images |= {"locks": None}
        settings["slate:registryCredentials"] = CREDENTIALS
    settings["slate:images"] = {key: value for key, value in images.items() if value is not None}
    return settings


def declared(monitor) -> set[tuple[str, str]]:
    """Kubernetes objects by kind and namespaced name."""
    return {
        (record.type, f"{record.manifest['metadata'].get('namespace')}/{record.manifest['metadata']['name']}")
        for record in monitor.objects
    }


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("stack", STACKS)
def test_each_stack_file_declares_valid_kubernetes_objects(stack, preview):
    monitor = run_stack(stack, preview=preview)

    assert monitor.objects
    for record in monitor.objects:
        validate(record.manifest)


@pytest.mark.usefixtures("found")
def test_dev_stack_has_two_projects_two_pools_and_five_workspaces():
    monitor = run_stack("dev")

    assert {record.name for record in monitor.of("Project")} == {"vision", "language", "slate-canary"}
    assert {record.name for record in monitor if record.type == "slate:index:NodePool"} == {"cpu", "gpu"}
    assert len(monitor.of("StatefulSet")) == 6  # with the canary's


@pytest.mark.usefixtures("found")
def test_a_workspace_more_is_one_resource_more():
    config = unbuilt("dev")
    before = run_program(stack_config(config))
    project = config["slate:projects"][0]
    project["workspaces"].append({"name": "dave", "user": "dave"})

    after = run_program(stack_config(config))

    assert {record.urn for record in after} - {record.urn for record in before} == {
        after.one("StatefulSet", "dave").urn
    }


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("stack", STACKS)
def test_only_namespaces_of_projects_and_volumes_of_the_platform_are_protected(stack):
    monitor = run_stack(stack)

    kinds = {record.type for record in monitor if record.request.protect}
    assert kinds <= {"kubernetes:core/v1:Namespace", "kubernetes:core/v1:PersistentVolumeClaim"}
    assert all(record.name != "slate-system" for record in monitor if record.request.protect)


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("stack", STACKS)
def test_every_kubernetes_object_goes_through_the_one_provider(stack):
    monitor = run_stack(stack)

    providers = {record.request.provider.split("::")[-2] for record in monitor.objects}
    assert providers == {"cluster"}


@pytest.mark.usefixtures("found")
def test_outputs_are_few_and_flat():
    monitor = run_stack("dev")

    assert set(monitor.exports) <= {"node_pools", "namespaces", "workspaces", "images", "channels"}
    for workspace in monitor.exports["workspaces"]:
        assert set(workspace) == {"project", "name", "host", "ssh", "pool", "image"}
        assert all(isinstance(value, str) for value in workspace.values())


@pytest.mark.usefixtures("found")
def test_the_secret_shows_in_no_plain_input_or_output():
    monitor = run_stack("dev")

    texts = [str(record.inputs) for record in monitor if record.type != "kubernetes:core/v1:Secret"]
    assert not any(TOKEN_SECRET in text for text in [*texts, str(monitor.exports)])
    assert all(TOKEN_SECRET not in str(record.inputs) for record in monitor.of("Secret"))


@pytest.mark.usefixtures("found")
def test_one_platform_stack_and_two_project_stacks_declare_what_one_stack_declares():
    whole = unbuilt("dev")
    config = {key: whole[key] for key in whole if key != "slate:projects"}
    platform_name = "organization/slate/platform"

    platform = run_program(stack_config(config | {"slate:scope": "platform"}), stack="platform")
    platforms = {platform_name: platform.exports}
    parts = [
        run_program(
            stack_config(
                config | {"slate:scope": "projects", "slate:platformStack": "platform", "slate:projects": [project]}
            ),
            stack=project["name"],
            platforms=platforms,
        )
        for project in whole["slate:projects"]
    ]
    together = run_program(stack_config(whole))

    assert len(parts) == 2
    halves = [declared(part) for part in (platform, *parts)]
    assert sum(len(half) for half in halves) == len(declared(together))
    assert set.union(*halves) == declared(together)
    assert {item["name"] for part in parts for item in part.exports["workspaces"]} == {
        item["name"] for item in together.exports["workspaces"]
    }


@pytest.mark.usefixtures("found")
def test_project_stack_refuses_a_platform_without_its_pools(caplog):
    config = unbuilt("dev") | {"slate:scope": "projects", "slate:platformStack": "platform"}
    platforms = {"organization/slate/platform": {"node_pools": ["cpu"]}}

    message = refusal(stack_config(config), caplog, stack="vision", platforms=platforms)

    assert "'organization/slate/platform' has no node pool gpu (it has: cpu)" in message
    assert "make up STACK=platform" in message


def test_home_of_another_owner_stops_the_program_before_anything_is_declared(found, caplog):
    workspace = unbuilt("dev")["slate:projects"][0]
    project, name = workspace["name"], workspace["workspaces"][0]["name"]
    home = Home(f"ws-{project}", f"home-{name}-0", owner="somebody-else", size="10Gi", grown=False)
    found["homes"] = {(home.namespace, home.claim): home}

    assert "belongs to 'somebody-else'" in refusal(stack_config(unbuilt("dev")), caplog)


def test_home_that_is_too_small_is_grown_in_place(found):
    config = unbuilt("dev")
    project = config["slate:projects"][0]
    space = project["workspaces"][0]
    space["homeSize"] = "50Gi"
    project["quota"]["storage"] = "1Ti"
    home = Home(f"ws-{project['name']}", f"home-{space['name']}-0", owner=space["user"], size="10Gi", grown=False)
    found["homes"] = {(home.namespace, home.claim): home}

    monitor = run_program(stack_config(config))

    (patch,) = monitor.of("PersistentVolumeClaimPatch")
    assert patch.manifest["metadata"]["name"] == home.claim
    assert patch.manifest["spec"]["resources"]["requests"]["storage"] == "50Gi"


def test_existing_pools_are_compared_with_the_clusters_nodes(found, caplog):
    found["nodes"] = ()

    run_stack("onprem", preview=True)

    assert found["asked"][0]["nodes"] is True
    assert "no node of the cluster matches" in caplog.text


@pytest.mark.usefixtures("found")
def test_mistakes_in_the_settings_are_one_message_without_a_traceback(caplog):
    config = unbuilt("dev") | {"slate:scope": "everything", "slate:nodePol": []}

    message = refusal(stack_config(config), caplog)

    assert re.search(r"scope.*everything", message, re.DOTALL)
    assert "nodePools" in message


@pytest.mark.usefixtures("found")
def test_a_platform_stack_needs_no_token_secret():
    config = stack_config(unbuilt("dev") | {"slate:scope": "platform"})
    del config["slate:tokenSecret"]

    assert run_program(config).of("NodePool")


@pytest.mark.usefixtures("found")
def test_stack_without_its_secret_says_how_to_set_it():
    config = stack_config(unbuilt("dev"))
    del config["slate:tokenSecret"]

    with pytest.raises(pulumi.ConfigMissingError, match="slate:tokenSecret"):
        run_program(config)
