"""The chain of layers: who stands on whom, what changes with what, and what is refused."""

import json
import shutil

import pytest

from components.workspace_images.locks import all_packages
from components.workspace_images.plan import Request, layer_args, plan
from components.workspace_images.problem import ImagesError
from tests.harness import ROOT
from tests.supply import CHAIN, DEBIAN, write_locks

CHANNELS = [{"name": "fixture", "url": "https://slate.invalid/fixture", "mirror": "http://m:8100/latest/fixture"}]


@pytest.fixture
def locks(tmp_path):
    return write_locks(tmp_path / "locks")


def request(locks, **changes) -> Request:
    base = {"root": ROOT, "locks": locks, "debian": DEBIAN, "channels": CHANNELS, "remedy": "make lock CHANNEL=x"}
    return Request(**(base | changes))


def tags(locks, **changes) -> dict[str, str]:
    return {layer.name: layer.content_hash for layer in plan(request(locks, **changes))}


def test_each_layer_comes_after_the_one_it_stands_on(locks):
    layers = {layer.name: layer for layer in plan(request(locks))}

    assert set(layers) == set(CHAIN)
    order = list(layers)
    for layer in layers.values():
        assert layer.below is None or order.index(layer.below) < order.index(layer.name)
    assert [layers[name].target for name in ("base-py310", "common-py310", "default", "platform")] == [
        "base",
        "common",
        "environment",
        "platform",
    ]
    assert layers["platform"].below == "base-py312"  # of its own Python


def test_context_holds_what_the_build_needs(locks):
    (layer,) = [layer for layer in plan(request(locks)) if layer.name == "default"]

    about = json.loads(layer.files["layer.json"].content)
    assert about["environment"] == "default"
    assert about["python"] == "3.10"
    assert about["requiredImports"] == ["numpy"]
    assert about["channels"] == CHANNELS
    assert layer.files["layer.channels.txt"].content == b"fixture https://slate.invalid/fixture\n"
    assert layer.files["layer.explicit.txt"].content == (locks / "default.explicit.txt").read_bytes()
    assert layer.files["Dockerfile"].content == (ROOT / "images/workspace/Dockerfile").read_bytes()
    assert layer.arguments["MANIFEST"].startswith("name: default")
    assert "DEBIAN" not in layer.arguments  # it stands on the layer below
    assert "MIRROR" not in layer.arguments  # where builds take packages from is in no tag


def test_an_environments_lock_changes_that_environment_alone(locks):
    before = tags(locks)
    (locks / "default.lock").write_text("version: 7\n# other\n")

    after = tags(locks)

    assert {name for name in before if before[name] != after[name]} == {"default"}


def test_a_lower_lock_changes_all_that_stand_on_it(locks):
    before = tags(locks)
    (locks / "base-py310.lock").write_text("version: 7\n# other\n")

    after = tags(locks)

    assert {name for name in before if before[name] != after[name]} == {"base-py310", "common-py310", "default"}


def test_another_debian_changes_every_layer(locks):
    before, after = tags(locks), tags(locks, debian=DEBIAN.replace("0123", "3210", 1))

    assert all(before[name] != after[name] for name in before)


def test_environments_with_an_image_are_not_built_nor_what_only_they_need(locks):
    assert set(tags(locks, given=["python312"], platform=False)) == {"base-py310", "common-py310", "default"}


def test_a_detached_environment_stands_on_debian_and_borrows_a_base(tmp_path):
    chain = CHAIN | {"odd": {"parent": None, "python": "3.12", "detached": True}}
    layers = {layer.name: layer for layer in plan(request(write_locks(tmp_path / "odd", chain)))}

    assert layers["odd"].target == "detached"
    assert layers["odd"].arguments["DEBIAN"] == DEBIAN
    assert layers["odd"].below == "base-py312"


def test_a_further_platform_has_files_of_its_own(locks):
    (locks / "default.linux-aarch64.explicit.txt").write_text("https://a/linux-aarch64/b.conda#sha256:1\n")

    (layer,) = [layer for layer in plan(request(locks, conda_platform="linux-aarch64")) if layer.name == "default"]

    assert b"linux-aarch64" in layer.files["layer.explicit.txt"].content
    assert layer.files["layer.lock"].content == (locks / "default.lock").read_bytes()


def test_written_layers_are_arguments_of_the_component(locks, tmp_path):
    root = tmp_path / "clone"
    for folder in ("images", "services"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))

    made = {args["name"]: args for args in layer_args(plan(request(locks, root=root)), root)}

    default = made["default"]
    assert default["context"] == f".slate/images/default-{default['tag']}"  # the same in every clone
    assert (root / default["context"] / "Dockerfile").is_file()
    assert default.get("below") == "common-py310"
    assert "below" not in made["base-py310"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda locks: (locks / "locks.json").unlink(), "there are no locks; run `make lock CHANNEL=x`"),
        (lambda locks: (locks / "locks.json").write_text("{"), "locks.json: cannot be read; run `make lock"),
        (lambda locks: (locks / "locks.json").write_text('{"layers": []}'), "locks.json: cannot be read"),
        (lambda locks: (locks / "default.lock").unlink(), "default.lock: cannot be read (No such file"),
        (lambda locks: write_locks(locks, {"a": {"parent": "b"}, "b": {"parent": "a"}}), "which cannot be"),
        (lambda locks: write_locks(locks, {"a": {"parent": "gone"}}), "a stands on gone, which cannot be"),
        (lambda locks: write_locks(locks, {"a": {"parent": None}}), "has no base layer to build a with"),
        (lambda locks: write_locks(locks, package_manager="conda"), "made for the package manager conda, but"),
    ],
)
def test_locks_that_cannot_be_used_are_one_message(locks, spoil, message):
    spoil(locks)

    with pytest.raises(ImagesError) as error:
        plan(request(locks))

    assert message in str(error.value)


def test_an_environment_that_workspaces_use_must_have_a_lock_or_an_image(locks):
    with pytest.raises(ImagesError, match=r"no lock for the environment torch \(there are: default, python312\)"):
        plan(request(locks, used=["default", "torch"]))

    assert plan(request(locks, used=["default", "torch"], given=["torch"]))


@pytest.mark.parametrize("denied", ["AGPL-3.0-only", "agpl-3.0-ONLY", "AGPL-*"])
def test_a_denied_licence_fails_the_build(tmp_path, denied):
    locks = write_locks(tmp_path / "locks", licence="AGPL-3.0-only")

    with pytest.raises(ImagesError, match=r"denied licences: base-py310 1 \(AGPL-3.0-only\)"):
        plan(request(locks, denied_licences=[denied]))

    assert plan(request(locks, denied_licences=["GPL-*"]))


def test_the_mirror_gets_the_packages_of_all_locks_once(locks):
    (locks / "default.linux-aarch64.explicit.txt").write_text("https://a/linux-aarch64/b.conda#sha256:1\n")
    (locks / "python312.explicit.txt").write_text((locks / "default.explicit.txt").read_text())

    lines = all_packages(locks, "locks", "make lock").splitlines()

    assert len(lines) == len(set(lines)) == len(CHAIN)
    assert lines == sorted(lines)
    assert "https://a/linux-aarch64/b.conda#sha256:1" in lines
    assert all_packages(None, "", "") == ""
