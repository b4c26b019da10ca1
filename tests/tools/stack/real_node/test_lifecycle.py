import io

import pytest

from tools.paths import ROOT
from tools.stack import configuration, real_node, target
from tools.stack.kubectl import Kubectl
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import Request


@pytest.fixture
def layout(tmp_path):
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"))
    made = Layout(tmp_path)
    made.stacks.mkdir(parents=True)
    return made


def test_the_choice_is_remembered_until_another_one_is_made(layout):
    assert not real_node.wanted("dev", None, layout)
    assert real_node.wanted("dev", "node", layout)

    layout.real_node("dev").write_text("cpu\n")

    assert real_node.wanted("dev", None, layout)
    assert not real_node.wanted("dev", "embedded", layout)
    assert not real_node.wanted("other", None, layout)


def test_the_real_node_is_part_of_the_embedded_cluster():
    request = Request(cluster="node")

    assert request.target == target.EMBEDDED
    assert request.suffix == " CLUSTER=node"
    assert Request(stack="onprem", cluster="node").suffix == " STACK=onprem CLUSTER=node"


def test_without_images_there_is_nothing_to_run_on_it(layout):
    read = configuration.read_settings("dev", layout)
    kubectl = Kubectl(layout.binaries / "kubectl", {})

    with pytest.raises(StackProblem, match="CLUSTER=embedded"):
        real_node.prepare("dev", layout, read, kubectl, Progress(io.StringIO()), services={}, start=True)

    assert not layout.real_node("dev").exists()


def test_a_preview_starts_nothing_and_has_the_pools_of_the_last_up(layout):
    read = configuration.read_settings("dev", layout)
    services = {"registry": "127.0.0.1:5000", "mirror": "http://127.0.0.1:8100"}

    sections, (settings, document) = real_node.prepare(
        "dev",
        layout,
        read,
        Kubectl(layout.binaries / "kubectl", {}),
        Progress(io.StringIO()),
        services=services,
        start=False,
    )

    assert sections[real_node.NODE_POOLS][0]["backend"]["nodes"] == ["slate-node"]
    assert document["config"][real_node.NODE_POOLS] == sections[real_node.NODE_POOLS]
    assert settings.node_pools[0].backend.type == "existing"
    assert not layout.node.exists()


def choose(layout, services, kind=None):
    read = configuration.read_settings("dev", layout)
    kubectl, progress = Kubectl(layout.binaries / "kubectl", {}), Progress(io.StringIO())
    request = Request(cluster=kind)
    return real_node.choose(request, layout, progress, read, kubectl, services=services, start=False, runs_program=True)


def test_a_preview_without_images_of_a_stack_on_a_real_node_says_what_to_do(layout):
    layout.real_node("dev").write_text("cpu\n")

    with pytest.raises(StackProblem, match="leave IMAGES=0 out"):
        choose(layout, {})


def test_a_preview_before_the_first_up_is_of_simulated_nodes(layout):
    sections, (settings, _) = choose(layout, {}, "node")

    assert sections == {}
    assert settings.node_pools[0].backend.type == "simulated"


def test_nothing_is_said_of_a_node_that_never_was(layout):
    assert real_node.status(layout) is None
    assert real_node.next_steps(layout, "slate.localhost") == []


def test_stopping_a_node_that_never_was_does_nothing_and_a_reset_forgets_the_choice(layout):
    layout.real_node("dev").write_text("cpu\n")

    real_node.stop(layout, Progress(io.StringIO()))
    assert layout.real_node("dev").exists()
    real_node.stop(layout, Progress(io.StringIO()), delete_data=True)

    assert not layout.real_node("dev").exists()
    assert not layout.node.exists()
