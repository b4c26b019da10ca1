"""The supply chain in the real program: built images in workspaces, and what is refused in one message."""

import json
from typing import Any

import pulumi
import pytest

from components import observation
from components.workspace_images import plan as planning
from tests.components.manifests import validate
from tests.harness import pushed_digest, run_program, stack_config, unwrap
from tests.program.test_program import refusal, settings_of
from tests.supply import CREDENTIALS, DEBIAN, REGISTRY, filled, write_locks

BUILT = {"base-py310", "common-py310", "default", "base-py312", "common-py312", "python312", "platform"}


@pytest.fixture(autouse=True)
def found(monkeypatch, tmp_path):
    """An empty cluster, and a place for build contexts that is not the clone's."""
    monkeypatch.setattr(observation, "read", lambda **_: observation.Observation())
    monkeypatch.setattr(planning, "CONTEXTS", tmp_path / "images")


@pytest.fixture
def locks(tmp_path):
    return write_locks(tmp_path / "locks")


def config_of(stack: str, locks, **changes: Any) -> dict[str, str]:
    """A stack file with locks, and the accounts that a registry in the cluster needs."""
    settings = settings_of(stack)
    if stack == "dev":
        settings = filled(settings, locks)
    elif settings["slate:images"].get("build"):
        settings["slate:images"] |= {"locks": str(locks), "packageManager": "none"}
    return stack_config(settings | {"slate:registryCredentials": CREDENTIALS} | changes)


def images_of(monitor) -> dict[str, str]:
    return {
        record.name: record.manifest["spec"]["template"]["spec"]["containers"][0]["image"]
        for record in monitor.of("StatefulSet")
        if "workspace" in record.manifest["metadata"]["labels"]["app.kubernetes.io/component"]
    }


def test_workspaces_run_the_digest_of_their_built_environment(locks):
    monitor = run_program(config_of("dev", locks))

    (image,) = set(images_of(monitor).values())
    tag = monitor.one("Image", "default").manifest["tags"][0]
    assert image == f"{REGISTRY}/slate/default@{pushed_digest(tag)}"
    assert {workspace["image"] for workspace in monitor.exports["workspaces"]} == {image}
    assert set(monitor.exports["images"]) == BUILT
    assert monitor.exports["images"]["default"] == image


def test_preview_shows_no_image_that_is_not_built_yet(locks):
    monitor = run_program(config_of("dev", locks), preview=True)

    assert set(images_of(monitor).values()) == {pulumi.runtime.rpc.UNKNOWN}
    assert all(row["image"] is pulumi.UNKNOWN for row in monitor.exports["workspaces"])


def test_a_given_reference_wins_and_is_not_built(locks):
    config = config_of("dev", locks)
    given = f"registry.example.org/own@{DEBIAN.partition('@')[2]}"
    config["slate:images"] = json.dumps(json.loads(config["slate:images"]) | {"environments": {"default": given}})

    monitor = run_program(config)

    assert set(images_of(monitor).values()) == {given}
    assert set(monitor.exports["images"]) == {"base-py312", "common-py312", "python312", "platform"}


def test_without_builds_simulated_workspaces_get_the_placeholder(locks):
    config = config_of("dev", locks)
    config["slate:images"] = json.dumps(json.loads(config["slate:images"]) | {"build": False})

    monitor = run_program(config)

    assert monitor.of("Image") == []
    assert all(image.startswith("quay.io/jupyter/minimal-notebook@") for image in images_of(monitor).values())


def test_what_make_up_has_not_set_is_one_message(caplog):
    message = refusal(stack_config("Pulumi.dev.yaml"), caplog)

    for key in ("registry.host", "conda.mirrorUrl", "images.debian", "images.locks"):
        assert f"  {key}: is missing" in message
    assert "run `make up`" in message


def test_locks_that_are_not_there_name_the_command_that_makes_them(caplog):
    config = stack_config(settings_of("onprem") | {"slate:registryCredentials": CREDENTIALS})

    message = refusal(config, caplog, stack="onprem")

    assert message == ("images/workspace/locks/conda-forge: there are no locks; run `make lock CHANNEL=conda-forge`")


def test_an_environment_without_lock_is_named(tmp_path, caplog):
    chain = {"base-py310": {"parent": None, "python": "3.10"}}
    locks = write_locks(tmp_path / "few", chain)

    message = refusal(config_of("dev", locks), caplog)

    assert "no lock for the environment default (there are: none)" in message
    assert "add images/workspace/environments/default.yml" in message


def test_onprem_declares_registry_and_mirror_before_it_builds(locks):
    monitor = run_program(config_of("onprem", locks), stack="onprem")

    kinds = {record.type for record in monitor}
    assert {"slate:index:ImageRegistry", "slate:index:CondaMirror", "docker:index/image:Image"} <= kinds
    (images,) = [record for record in monitor if record.type == "slate:index:WorkspaceImages"]
    needed = set(images.request.dependencies)
    for kind, name in (("StatefulSet", "registry"), ("Job", "conda-mirror")):
        assert monitor.one(kind, name).urn in needed, name
    for record in monitor.objects:
        validate(record.manifest)


def test_accounts_show_in_secrets_alone(locks):
    monitor = run_program(config_of("onprem", locks), stack="onprem")

    marks = (CREDENTIALS["password"], CREDENTIALS["pushPassword"], CREDENTIALS["htpasswd"])
    for record in monitor:
        shown = json.dumps(_without_secrets(record.inputs))
        assert not any(mark in shown for mark in marks), record.urn
    assert not any(mark in str(monitor.exports) for mark in marks)
    registry = unwrap(monitor.one("Image", "default").inputs)["registry"]
    assert registry["username"] == "pusher"
    assert registry["password"] == CREDENTIALS["pushPassword"]


def test_projects_get_the_secret_that_their_workspaces_pull_with(locks):
    monitor = run_program(config_of("onprem", locks), stack="onprem")

    made = [record for record in monitor.of("Secret") if record.manifest["metadata"]["name"] == "registry-pull"]
    assert {record.manifest["metadata"]["namespace"] for record in made} == {
        "slate-system",
        "slate-canary",
        "ws-radiology",
        "ws-finance",
    }
    assert {record.manifest["type"] for record in made} == {"kubernetes.io/dockerconfigjson"}
    pod = monitor.one("StatefulSet", "maria").manifest["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "registry-pull"}]


def test_registry_in_the_cluster_asks_for_its_accounts(locks, caplog):
    config = config_of("onprem", locks)
    del config["slate:registryCredentials"]

    message = refusal(config, caplog, stack="onprem")

    assert "its accounts are missing" in message
    assert "pulumi config set --secret slate:registryCredentials" in message


def test_accounts_in_plain_are_refused_without_being_shown(locks, caplog):
    secret = frozenset({"slate:tokenSecret"})

    message = refusal(config_of("onprem", locks), caplog, stack="onprem", secrets=secret)

    assert "registryCredentials: is a secret and must not be read or written in plain" in message
    assert CREDENTIALS["password"] not in message


def test_project_stacks_take_the_images_that_the_platform_stack_built(locks):
    whole = filled(settings_of("dev"), locks)
    platform = run_program(stack_config(whole | {"slate:scope": "platform"}), stack="platform")
    own = {"slate:scope": "projects", "slate:platformStack": "platform"}

    monitor = run_program(
        stack_config(whole | own), stack="teams", platforms={"organization/slate/platform": platform.exports}
    )

    assert monitor.of("Image") == []
    assert set(images_of(monitor).values()) == {platform.exports["images"]["default"]}


def test_project_stack_says_which_image_the_platform_lacks(locks, caplog):
    whole = filled(settings_of("dev"), locks)
    own = {"slate:scope": "projects", "slate:platformStack": "platform"}
    platforms = {"organization/slate/platform": {"node_pools": ["cpu", "gpu"], "images": {"other": "x"}}}

    message = refusal(stack_config(whole | own), caplog, stack="teams", platforms=platforms)

    assert "has no image of the environment 'default' (it has: other)" in message
    assert "make up STACK=platform" in message


def _without_secrets(value: Any) -> Any:
    """Inputs without what is wrapped as a secret."""
    if isinstance(value, dict):
        wrapped = "4dabf18193072939515e22adb298388d" in value
        return None if wrapped else {key: _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
