"""Builds: the same bytes each time, nothing that the lock does not say, and one message for what cannot be built."""

import json
import re
from pathlib import Path

import pytest

from tests.images import rig, rootfs
from tests.images.builder import BuildFailedError
from tests.images.rootfs import Image

pytestmark = pytest.mark.images

ATTEMPTS = 5


def differences(one: Image, other: Image) -> list[str]:
    """What differs between two builds: entries by layer, with what of them."""
    found = []
    for number, (left, right) in enumerate(zip(one.layers, other.layers, strict=True)):
        sides = []
        for layer in (left, right):
            sides.append(
                {
                    entry.name: (entry.type, entry.mode, entry.uid, entry.gid, entry.mtime, entry.linkname, content)
                    for entry, content in rootfs.entries(layer())
                }
            )
        for name in sorted(set(sides[0]) | set(sides[1])):
            if sides[0].get(name) != sides[1].get(name):
                found.append(f"layer {number}: {name}: {str(sides[0].get(name))[:80]} {str(sides[1].get(name))[:80]}")
    return found


def test_the_same_inputs_give_the_same_image_on_another_builder(image_rig, tmp_path: Path):
    """Neither caches nor packages nor byte code are shared: all of it is made a second time."""
    chain = ["default"]
    while image_rig.layers[chain[0]].below:
        chain.insert(0, image_rig.layers[chain[0]].below)
    first = {layer: rootfs.from_registry(image_rig.image(layer)) for layer in chain}

    with rig.buildkit(tmp_path, image_rig.binaries, image_rig.ports) as builder:
        for layer in chain:
            planned = image_rig.layers[layer]
            built = builder.build(
                image_rig.context(layer), planned.target, image_rig.arguments(layer),
                tag=f"{image_rig.registry}/again/{layer}:1", compression="zstd", cache=False,
            )  # fmt: skip
            second = rootfs.from_registry(built["ref"])

            # The configuration holds the digest of each layer's bytes: reading them can only say where they differ.
            if second.configuration != first[layer].configuration:
                assert differences(first[layer], second) == []
                assert second.configuration == first[layer].configuration


def refused(image_rig, layer: str, why: str, **changes) -> None:
    """Build a layer whose context was changed; it is refused, and the log says why.

    BuildKit may end a build before it has handed over the last lines of a step: it is asked again then.
    """
    planned = image_rig.layers[layer]
    for _ in range(ATTEMPTS):
        with pytest.raises(BuildFailedError) as told:
            image_rig.builder.build(
                image_rig.context(layer, **changes),
                planned.target,
                image_rig.arguments(layer),
                export=image_rig.folder / "refused",
            )
        if re.search(why, str(told.value)):
            return
    raise AssertionError(f"nothing like {why!r} in {told.value}")


def test_a_package_that_is_not_the_locks_is_refused(image_rig):
    """The mirror's bytes count for nothing without the hash in the lock."""
    lock = image_rig.layers["default"].files["layer.lock"].content.decode()
    hashes = [line for line in lock.splitlines() if line.strip().startswith("sha256:")]
    changed = "\n".join(
        f"{line.rsplit(':', 1)[0]}: {'0' * 64}" if line in hashes else line for line in lock.splitlines()
    )

    refused(image_rig, "default", r"installing from .* failed", files={"layer.lock": changed + "\n"})


def test_the_bootstrap_refuses_a_package_that_is_not_the_locks(image_rig):
    base = next(name for name, layer in image_rig.layers.items() if layer.target == "base")
    lines = image_rig.layers[base].files["layer.explicit.txt"].content.decode().splitlines()
    lines[-1] = lines[-1].rsplit(":", 1)[0] + ":" + "0" * 64

    why = r"is not the one in the lock|\.conda: FAILED"  # ours, or sha256sum's own line before it
    refused(image_rig, base, why, files={"layer.explicit.txt": "\n".join(lines) + "\n"})


def test_a_lock_that_does_not_stand_on_the_layer_below_is_refused(image_rig):
    lower = image_rig.layers["default"].below
    lock = image_rig.layers["platform"].files["layer.lock"].content.decode()

    refused(
        image_rig, lower, r"would replace packages of the layer below: .*run `make lock`", files={"layer.lock": lock}
    )


def test_a_package_of_another_channel_is_refused(image_rig):
    facts = json.loads(image_rig.layers["default"].files["layer.json"].content)
    channels = [{**facts["channels"][0], "url": "https://slate.invalid/another"}]

    why = r"not from a channel of this layer: https://slate\.invalid/fixture/"
    refused(image_rig, "default", why, facts={"channels": channels})


def test_an_image_that_is_not_healthy_is_not_built(image_rig):
    why = "import no_such_module fails: ModuleNotFoundError"
    refused(image_rig, "default", why, facts={"requiredImports": ["numpy", "no_such_module"]})


def test_builds_reach_the_mirror_and_the_registry_only(image_rig, tmp_path: Path):
    """The builder that all these images come from: its steps have no other network."""
    alone = (
        "! curl -s -m 5 -o /dev/null https://conda.anaconda.org"
        " && ! (exec 3<>/dev/tcp/127.0.0.1/22) && [ $(ls /sys/class/net | wc -l) = 1 ]"
    )
    dockerfile = (
        "ARG DEBIAN=scratch\nFROM ${DEBIAN}\nARG MIRROR\n"
        "RUN curl -sf -o /dev/null $MIRROR/fixture/noarch/repodata.json\n"
        f"RUN {json.dumps(['/bin/bash', '-c', alone])}\n"
    )
    (tmp_path / "Dockerfile").write_text(dockerfile)
    arguments = {"DEBIAN": image_rig.debian, "MIRROR": image_rig.mirror}

    image_rig.builder.build(tmp_path, "", arguments, export=tmp_path / "out")

    assert rootfs.from_layout(tmp_path / "out").digest.startswith("sha256:")


def test_a_detached_environment_stands_on_debian_alone(image_rig, tmp_path: Path):
    """Its own full layer, installed by another environment's base, of which nothing stays."""
    from dataclasses import replace

    from components.workspace_images.context import listed_files, write
    from tools.paths import ROOT

    planned = image_rig.layers["default"]
    own = {name: file for name, file in planned.files.items() if name.startswith("layer.") and name != "layer.py"}
    files = {**listed_files(ROOT, "images/workspace", "detached"), **own}
    context = write(replace(planned, target="detached", files=files), tmp_path)
    bases = [name for name, layer in image_rig.layers.items() if layer.target == "base"]
    arguments = {**planned.arguments, "MIRROR": image_rig.mirror, "DEBIAN": image_rig.debian}

    image_rig.builder.build(
        context, "detached", {**arguments, "BELOW": image_rig.image(bases[-1])}, export=tmp_path / "out"
    )
    image = rootfs.from_layout(tmp_path / "out")
    names = {entry.name for layer in image.layers for entry, _ in rootfs.entries(layer())}

    assert "opt/conda/lib/python3.10/site-packages/jupyterlab/__init__.py" in names or "opt/slate/start.py" in names
    assert {name.split("/")[3] for name in names if name.startswith("opt/slate/layers/")} == {"default"}
    assert image.settings["Entrypoint"][0] == "/usr/bin/tini"
