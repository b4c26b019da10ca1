"""From settings to component arguments: complete, plain, and of the shape that the components accept."""

import pytest
import yaml

from components.node_pool.args import NodePoolArgs
from components.objects import check_keys
from components.project.args import ProjectArgs
from components.workspace.args import WorkspaceArgs
from settings import arguments, load
from tests.harness import ROOT


@pytest.fixture(params=["dev", "onprem", "eks"])
def settings(request):
    name = f"Pulumi.{request.param}.yaml"
    config = yaml.safe_load((ROOT / name).read_text())["config"]
    return load({key.removeprefix("slate:"): value for key, value in config.items()}, source=name)


def test_node_pools_fit_the_component(settings):
    for pool in settings.node_pools:
        args = arguments.node_pool(pool, settings)

        check_keys("NodePool", args, NodePoolArgs)
        assert args["name"] == pool.name
        assert args["pause_image"] == settings.images.pause
        assert "found_nodes" not in args


def test_found_nodes_are_passed_on_even_when_there_are_none(settings):
    assert arguments.node_pool(settings.node_pools[0], settings, ())["found_nodes"] == []


def test_projects_fit_the_component_and_cap_every_kind_of_accelerator(settings):
    resources = {pool.accelerator.resource for pool in settings.node_pools if pool.accelerator}
    for team in settings.fleet():
        args = arguments.project(team, settings, "secret")

        check_keys("Project", args, ProjectArgs)
        assert set(args["accelerator_resources"]) == resources
        assert [access["workspace"] for access in args["access"]] == [space.name for space in team.workspaces]


def test_workspaces_fit_the_component_but_for_their_namespace_and_a_built_image(settings):
    for team in settings.fleet():
        for space in team.workspaces:
            args = arguments.workspace(space, team, settings, {})

            made = {"namespace": team.namespace} | ({} if space.image else {"image": "built"})
            check_keys("Workspace", args | made, WorkspaceArgs)
            assert ("image" in args) is not settings.images.build or space.image
            assert None not in args.values()
