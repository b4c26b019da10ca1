import pytest

from settings import load
from tools.bootstrap.building import why_not
from tools.debian_base import DebianError
from tools.paths import ROOT
from tools.stack import configuration
from tools.stack.layout import Layout
from tools.stack.supply import decision
from tools.stack.supply.decision import Decision, decide

DEBIAN = f"quay.io/org/debian@sha256:{'a' * 64}"


def settings_with(**images):
    document = configuration.read_yaml(ROOT / "Pulumi.dev.yaml")
    values = configuration.settings_values(document, {}, "Pulumi.dev.yaml")
    section = values["images"]
    assert isinstance(section, dict)
    values["images"] = {**section, **images}
    return load(values, source="Pulumi.dev.yaml")


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """A machine that can build."""
    monkeypatch.setattr(decision, "why_not", lambda _: None)
    monkeypatch.setattr(decision.rootfs, "check_machine", lambda _: None)
    monkeypatch.setattr(decision.sources, "find", lambda _: None)


def test_a_machine_that_can_builds_with_a_builder_of_our_own():
    assert decide(settings_with(), {}) == Decision(True, own_builder=True)


@pytest.mark.parametrize("word", ["0", "false", "No", " off "])
def test_images_can_be_switched_off(word):
    assert decide(settings_with(), {"SLATE_IMAGES": word}) == Decision(False, "IMAGES=0")


@pytest.mark.parametrize("word", ["", "1", "yes"])
def test_other_words_do_not_switch_them_off(word):
    assert decide(settings_with(), {"SLATE_IMAGES": word}).build


def test_what_the_machine_lacks_is_the_reason(monkeypatch):
    monkeypatch.setattr(decision, "why_not", lambda _: "needs root")

    assert decide(settings_with(), {}) == Decision(False, "needs root")


def test_a_builder_of_the_users_own_needs_nothing_of_this_machine(monkeypatch):
    monkeypatch.setattr(decision, "why_not", lambda _: "needs root")

    assert decide(settings_with(builderName="mine", debian=DEBIAN), {}) == Decision(True)


def test_a_machine_without_debians_packages_needs_a_base_image(monkeypatch):
    def find(_environ):
        raise DebianError("This machine runs no Debian.")

    monkeypatch.setattr(decision.sources, "find", find)

    assert decide(settings_with(), {}) == Decision(False, "This machine runs no Debian")
    assert decide(settings_with(debian=DEBIAN), {}).build


@pytest.mark.parametrize(("code", "build"), [(0, True), (1, False)])
def test_the_docker_builder_asks_the_engine(tmp_path, code, build):
    (tmp_path / "docker").write_text(f"#!/bin/sh\nexit {code}\n")
    (tmp_path / "docker").chmod(0o755)
    settings = settings_with(builder="docker")

    assert decide(settings, {"PATH": f"{tmp_path}:/usr/bin:/bin"}).build is build
    without = decide(settings, {"PATH": ""})
    assert without == Decision(False, "no Docker engine answers, which images.builder: docker asks for")


def test_the_real_check_of_this_machine_gives_a_reason_or_none():
    why = why_not({"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})

    assert why is None or why.startswith("needs ")
    assert Layout().local.name == "local"
