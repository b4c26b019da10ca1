"""Arguments of registry, conda mirror and images; and what must be known before images can be built."""

from pathlib import Path

import pytest

from components.conda_mirror import CondaMirrorArgs
from components.objects import check_keys
from components.registry import ImageRegistryArgs
from components.workspace_images import WorkspaceImagesArgs
from components.workspace_images.plan import Request
from settings import SettingsError, complete, load, supply
from tests.settings.examples import DIGEST, changed, drop, put, stack_values, together

ROOT = Path("/clone")


@pytest.fixture
def onprem():
    return load(stack_values("onprem"))


def test_what_exists_elsewhere_is_not_declared():
    args = supply.chain(load(stack_values("eks")), ROOT)

    assert set(args) == {"channels", "locks"}


def test_arguments_fit_the_components(onprem):
    args = supply.chain(onprem, ROOT)

    check_keys("ImageRegistry", args["registry"] | {"htpasswd": "given"}, ImageRegistryArgs)
    check_keys("CondaMirror", args["mirror"] | {"locks": {}}, CondaMirrorArgs)
    check_keys("WorkspaceImages", args["images"] | {"layers": []}, WorkspaceImagesArgs)
    assert Request(**args["request"], channels=[]).locks == ROOT / "images/workspace/locks/conda-forge"


def test_images_are_pushed_beside_the_port_that_they_are_pulled_from(onprem):
    images = supply.chain(onprem, ROOT)["images"]

    assert images["host"] == "registry.workspaces.example.org:5000"
    assert images["push_host"] == "registry.workspaces.example.org:5001"
    assert images["mirror"] == "https://conda.workspaces.example.org/latest"
    assert images["platform"] == "linux/amd64"


def test_a_push_host_of_its_own_wins():
    values = changed(put("registry.pushHost", "push.example.com"))

    assert load(values).registry.push == "push.example.com"
    assert load(changed()).registry.push == "registry.example.com"


def test_only_environments_that_workspaces_use_must_have_a_lock(onprem):
    request = supply.chain(onprem, ROOT)["request"]

    assert request["used"] == ["default", "vision"]
    assert request["given"] == ["vision"]
    assert request["platform"] is False
    assert request["remedy"] == "make lock CHANNEL=conda-forge"


def test_locks_of_the_fixture_are_made_by_make_up():
    assert supply.locks(load(stack_values("dev")), ROOT) == {"folder": None, "shown": "", "remedy": "make up"}


def test_images_are_built_for_the_first_platform():
    build = together(
        put("images.build", True),
        put("images.debian", f"registry.example.com/debian@{DIGEST}"),
        put("images.locks", "locks"),
        put("conda.platforms", ["linux-aarch64", "linux-64"]),
    )

    args = supply.chain(load(changed(build)), ROOT)

    assert args["images"]["platform"] == "linux/arm64"
    assert args["request"]["conda_platform"] == "linux-aarch64"


def test_a_stack_waits_for_what_make_up_sets():
    with pytest.raises(SettingsError) as error:
        complete(load(stack_values("dev")), "Pulumi.dev.yaml")

    assert [problem.path for problem in error.value.problems] == [
        ("registry", "host"),
        ("conda", "mirrorUrl"),
        ("images", "debian"),
        ("images", "locks"),
    ]


@pytest.mark.parametrize("change", [put("images.build", False), drop("images")])
def test_nothing_is_missing_where_nothing_is_built(change):
    values = stack_values("dev")
    values["images"]["environments"] = {"default": values["images"]["placeholder"]}
    change(values)
    values.setdefault("images", {"placeholder": f"registry.example.com/placeholder@{DIGEST}"})
    settings = load(values)

    assert complete(settings, "Pulumi.dev.yaml") is settings


def test_the_stacks_own_pull_secret_gives_way_to_a_named_one():
    assert load(changed()).pulling_with("made").registry.pull_secret == "registry-read"
    assert load(changed(drop("registry.pullSecret"))).pulling_with("made").registry.pull_secret == "made"
