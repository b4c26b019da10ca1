import dataclasses

import pytest

from settings import Settings
from tests.tools.stack.supply.test_decision import settings_with
from tools.bootstrap.errors import BootstrapError
from tools.stack import report, target
from tools.stack.layout import Layout
from tools.stack.pulumi import Pulumi
from tools.stack.session import Request, Session
from tools.stack.supply.supplied import Supplied, remember

BUILT = "built here, kept in the registry at 127.0.0.1:20001"
OUTPUTS = {"images": {"default": "127.0.0.1:20001/slate/default@sha256:ab"}}


@pytest.fixture(autouse=True)
def no_tools(monkeypatch):
    """A machine on which nothing is installed."""

    def absent():
        raise BootstrapError("not here")

    monkeypatch.setattr(report, "provider_in_use", absent)
    monkeypatch.setattr(report, "language_host_in_use", absent)


@pytest.fixture
def session(tmp_path):
    """A session of `make status`, after images were supplied once."""
    layout = Layout(tmp_path)
    layout.stacks.mkdir(parents=True)
    remember(layout.images("dev"), {"registry": "127.0.0.1:20001"})
    chosen = target.Target(target.EMBEDDED, None, "https://127.0.0.1:1", {})
    pulumi = Pulumi(binary=layout.binaries / "pulumi", root=tmp_path, stack="dev", environment={})
    return Session(Request(), layout, settings_with(), chosen, pulumi, chosen.kubectl(layout))


def images(session, outputs):
    return dict(report.in_use(session, outputs)).get("images")


def scoped(settings: Settings, scope: str) -> Settings:
    return settings.model_copy(update={"scope": scope})


def test_images_that_the_stack_has_were_built_here(session):
    assert images(session, OUTPUTS) == BUILT


def test_a_stack_without_images_uses_placeholders(session):
    assert images(session, {}) == "not built; placeholders are used"


def test_what_a_command_has_supplied_itself_is_said_in_its_words(session):
    supplied = Supplied(images="not built: IMAGES=0; placeholders are used")

    assert images(dataclasses.replace(session, supplied=supplied), {}) == supplied.images


@pytest.mark.parametrize("others", ["build", "scope", "cluster"])
def test_images_that_others_build_are_not_mentioned(session, others):
    changed = {
        "build": {"settings": settings_with(build=False)},
        "scope": {"settings": scoped(session.settings, "projects")},
        "cluster": {"target": dataclasses.replace(session.target, kind=target.KUBECONFIG)},
    }

    assert images(dataclasses.replace(session, **changed[others]), OUTPUTS) is None
