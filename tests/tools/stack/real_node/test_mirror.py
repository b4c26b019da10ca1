"""The mirror in the cluster, as the settings of a stack with a real node declare it."""

import pytest
import yaml

from settings import load, supply
from tools.paths import ROOT
from tools.stack.real_node.mirror import with_mirror

CONFIG = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
MIRROR, ADDRESS = "http://127.0.0.1:8123", "172.30.0.2"
# What `make up` sets besides.
SUPPLIED = {"debian": f"127.0.0.1:5000/debian@sha256:{'0' * 64}", "locks": "locks"}


def settings(config):
    return load({key.removeprefix("slate:"): value for key, value in config.items()}, "Pulumi.dev.yaml")


def changed(config):
    return config | with_mirror(config, settings(config), MIRROR, ADDRESS)


def test_the_mirror_is_in_the_cluster_and_copies_the_one_of_the_machine():
    found = settings(changed(CONFIG))

    assert found.conda.mirror == "cluster"
    (channel,) = found.conda.upstream_channels
    assert channel.url == "https://slate.invalid/fixture"
    assert channel.source == "http://172.30.0.2:8123/latest/fixture"


def test_images_are_built_from_the_mirror_of_the_machine_and_the_mirror_runs_from_them():
    config = changed(CONFIG)
    config["slate:images"] = config["slate:images"] | SUPPLIED

    chain = supply.chain(settings(config), ROOT)

    assert chain["images"]["mirror"] == "http://127.0.0.1:8123/latest"
    assert "image" not in chain["mirror"]
    assert chain["mirror"]["protected"] is False


@pytest.mark.parametrize("mirror", ["none", "external"])
def test_another_mirror_stays_what_it_is(mirror):
    url = {"mirrorUrl": "https://mirror.example.org"} if mirror == "external" else {}
    config = CONFIG | {"slate:conda": {"mirror": mirror, **url}}
    config["slate:images"] = config["slate:images"] | {"build": False}

    assert with_mirror(config, settings(config), MIRROR, ADDRESS) == {}


def test_before_the_node_has_an_address_nothing_changes():
    assert with_mirror(CONFIG, settings(CONFIG), MIRROR, "") == {}
