"""The JSON schema accepts what the models accept, as far as a schema can, and names mistakes in an editor."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from settings.root import Settings
from settings.schema import schema_at, settings_schema, stack_file_schema
from tests.settings.examples import ROOT, STACKS, Change, changed, drop, put, rename, stack_file, valid

VALIDATOR = jsonschema.Draft202012Validator(stack_file_schema())


def as_file(values: dict[str, Any]) -> dict[str, Any]:
    return {"config": {f"slate:{key}": value for key, value in values.items()}}


def test_the_schema_is_valid_itself():
    jsonschema.Draft202012Validator.check_schema(stack_file_schema())


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_files_conform_to_it(stack: str):
    VALIDATOR.validate(stack_file(stack))


def test_keys_of_pulumi_and_of_other_namespaces_are_allowed():
    file = as_file(valid())
    file["config"] |= {
        "aws:region": "eu-central-1",
        "pulumi:tags": {"team": "a"},
        "slate:tokenSecret": {"secure": "v1"},
    }

    VALIDATOR.validate({**file, "encryptionsalt": "v1:abc", "secretsprovider": "passphrase"})


@pytest.mark.parametrize(
    "change",
    [
        drop("domain"),
        drop("nodePools[0].shape.cpu"),
        put("colour", "red"),
        rename("nodePools[0].shape.memory", "memroy"),
        put("nodePools[0].shape.memory", "lots of it"),
        put("nodePools[0].shape.pods", "many"),
        put("nodePools[0].shape.pods", 0),
        put("nodePools[0].backend.type", "magic"),
        put("nodePools[0].backend.bootDelay", "5s"),
        put("nodePools[1].profiles", []),
        put("nodePools[0].taints[0].effect", "NoRun"),
        put("projects[0].name", "Vision"),
        put("projects[0].protected", "no"),
        put("projects[0].workspaces[0].state", "sleeping"),
        put("projects[0].workspaces[0].sshKeys", ["-----BEGIN"]),
        put("images.environments.tabular", "registry.example.com/a:latest"),
        put("serviceLevels.availability", 100),
        put("conda.upstreamChannels[0]", "conda-forg"),
        put("conda.upstreamChannels[1]", {"url": "https://conda.example.com/team"}),
        put("conda.specs", [1]),
        put("images.builder", "buildah"),
        put("registry.server", {"image": "registry.example.com/distribution:3"}),
        put("tokenSecret", "in plain"),
        put("registryCredentials", {"username": "in plain"}),
    ],
)
def test_an_editor_shows_mistakes(change: Change):
    file = as_file(changed(change))

    assert list(VALIDATOR.iter_errors(file))


def test_every_key_has_a_description():
    nodes: list[Any] = [*settings_schema()["$defs"].values(), settings_schema()]
    bare = [
        f"{node['title']}.{key}"
        for node in nodes
        for key, value in node.get("properties", {}).items()
        if not (value.get("description") or settings_schema()["$defs"][value["$ref"].rpartition("/")[2]]["description"])
    ]

    assert bare == []


def test_a_part_of_the_schema_is_found_by_its_path():
    values = valid()

    assert schema_at(("nodePools", 0, "shape", "cpu"), values)["x-kind"] == "quantity (CPUs)"
    assert "nodeClass" in schema_at(("nodePools", 1, "backend"), values)["properties"]
    assert "nodeSelector" in schema_at(("nodePools", 0, "backend"), values)["properties"]
    assert schema_at(("images", "environments", "tabular"), values)["x-kind"] == "image reference"
    assert schema_at(("projects", 0, "nothing", "there"), values) == {}


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_files_name_their_schema_in_the_first_line(stack: str):
    first = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8").splitlines()[0]
    _, _, name = first.partition("# yaml-language-server: $schema=")

    assert json.loads((ROOT / name).read_text(encoding="utf-8")) == stack_file_schema()


def test_the_project_file_declares_every_key():
    project = yaml.safe_load(Path(ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    declared = {key.removeprefix("slate:"): value for key, value in project["config"].items()}
    required = {key for key, value in declared.items() if "default" not in value}

    assert set(declared) == set(settings_schema()["properties"])
    assert required == set(settings_schema()["required"])
    assert all(value["description"] for value in declared.values())
    assert set(Settings.model_fields) == {"node_pools", "platform_stack", "service_levels", "workspace_defaults"} | (
        set(declared) - {"nodePools", "platformStack", "serviceLevels", "workspaceDefaults"}
    )
