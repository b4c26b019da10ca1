import io
import json

import pytest

from tools.cluster import ComponentStatus
from tools.local import LocalStatus
from tools.stack import lifecycle, target
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import Request


class FakeCluster:
    """An embedded cluster that only remembers what it was told."""

    told: list[str]

    def __init__(self, layout):
        self.kubeconfig = layout.cluster / "kubeconfig"
        self.told = []

    def down(self, delete_data=False, report=print):
        del report
        self.told.append("deleted" if delete_data else "stopped")


@pytest.fixture
def layout(tmp_path, monkeypatch):
    made = Layout(tmp_path)
    made.stacks.mkdir(parents=True)
    monkeypatch.setattr(
        lifecycle,
        "environment",
        lambda layout: {"PATH": "/usr/bin:/bin", "PULUMI_BACKEND_URL": layout.state.as_uri(), "SECRET": "hunter2"},
    )
    return made


@pytest.fixture
def cluster(layout, monkeypatch):
    made = FakeCluster(layout)
    monkeypatch.setattr(lifecycle, "Cluster", lambda *_: made)
    return made


def applied(layout, stack, kind):
    """Files as they are after a stack was applied to a kind of cluster."""
    layout.identity(stack).write_text(json.dumps({"kind": kind, "uid": "1", "server": "https://x"}))
    layout.merged_file(stack).write_text("config: {}\n")
    state = layout.state / ".pulumi" / "stacks" / "slate"
    state.mkdir(parents=True, exist_ok=True)
    for suffix in (".json", ".json.bak", ".json.attrs"):
        (state / f"{stack}{suffix}").write_text("{}")
    return state


def run(command, layout, **request):
    stream = io.StringIO()
    code = command(Request(**request), layout, Progress(stream))
    return code, stream.getvalue()


def test_down_stops_the_cluster_and_keeps_all_files(layout, cluster):
    state = applied(layout, "dev", target.EMBEDDED)

    run(lifecycle.down, layout)

    assert cluster.told == ["stopped"]
    assert (state / "dev.json").exists()
    assert layout.merged_file("dev").exists()


def test_reset_deletes_data_and_states_of_the_embedded_cluster_together(layout, cluster):
    state = applied(layout, "dev", target.EMBEDDED)
    applied(layout, "onprem", target.KUBECONFIG)
    (layout.slate / "images/default-0123").mkdir(parents=True)

    run(lifecycle.reset, layout, yes=True)

    assert not (layout.slate / "images").exists()
    assert cluster.told == ["deleted"]
    assert sorted(path.name for path in state.iterdir()) == ["onprem.json", "onprem.json.attrs", "onprem.json.bak"]
    assert not layout.merged_file("dev").exists()
    assert layout.merged_file("onprem").exists()


@pytest.mark.parametrize("remembered", [{}, {"backend": target.OWN_BACKEND}])
def test_reset_deletes_no_state_in_another_backend(layout, cluster, monkeypatch, remembered):
    state = applied(layout, "dev", target.EMBEDDED)
    layout.identity("dev").write_text(json.dumps({"kind": target.EMBEDDED, "uid": "1", **remembered}))
    monkeypatch.setattr(lifecycle, "environment", lambda _: {"PULUMI_BACKEND_URL": "s3://bucket/slate"})

    with pytest.raises(StackProblem, match=r"is in this clone's \.slate/state, but this .* s3://bucket/slate"):
        run(lifecycle.reset, layout, yes=True)

    assert cluster.told == []
    assert (state / "dev.json").exists()
    assert layout.identity("dev").exists()


def test_reset_removes_the_state_in_the_backend_that_it_was_applied_from(layout, cluster, fake_pulumi, monkeypatch):
    layout.identity("dev").write_text(json.dumps({"kind": target.EMBEDDED, "uid": "1", "backend": "s3://bucket"}))
    variables = {"PATH": "/usr/bin:/bin", "PULUMI_BACKEND_URL": "s3://bucket"}
    monkeypatch.setattr(lifecycle, "environment", lambda _: variables)

    run(lifecycle.reset, layout, yes=True)

    assert cluster.told == ["deleted"]
    assert [call["words"][:3] for call in fake_pulumi.calls] == [["stack", "rm", "dev"]]


def test_reset_asks_first(layout, cluster, monkeypatch):
    state = applied(layout, "dev", target.EMBEDDED)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    with pytest.raises(StackProblem, match="YES=1"):
        run(lifecycle.reset, layout)

    assert cluster.told == []
    assert (state / "dev.json").exists()


def test_reset_of_the_dev_stack_works_before_it_was_ever_applied(layout, cluster):
    code, _ = run(lifecycle.reset, layout, yes=True)

    assert code == 0
    assert cluster.told == ["deleted"]


def test_reset_leaves_a_stack_alone_that_lives_on_another_cluster(layout, cluster):
    state = applied(layout, "dev", target.KUBECONFIG)

    run(lifecycle.reset, layout, yes=True)

    assert cluster.told == ["deleted"]
    assert (state / "dev.json").exists()


def test_clean_removes_caches_and_nothing_else(layout):
    for name in (".pytest_cache", "settings/__pycache__", ".slate/venv/__pycache__", "settings/checks"):
        (layout.root / name).mkdir(parents=True)

    run(lifecycle.clean, layout)

    assert not (layout.root / ".pytest_cache").exists()
    assert not (layout.root / "settings" / "__pycache__").exists()
    assert (layout.root / "settings" / "checks").exists()
    assert (layout.root / ".slate" / "venv" / "__pycache__").exists()


class FakeLocal:
    """Local services that only remember what they were told."""

    def __init__(self, told, status):
        self._told = told
        self._status = status

    def down(self, delete_data=False, report=print):
        del report
        self._told.append("local deleted" if delete_data else "local stopped")

    def status(self):
        return self._status


@pytest.mark.parametrize(("command", "word"), [(lifecycle.down, "stopped"), (lifecycle.reset, "deleted")])
def test_the_local_services_end_before_the_cluster(layout, cluster, monkeypatch, command, word):
    monkeypatch.setattr(lifecycle, "Local", lambda *_: FakeLocal(cluster.told, None))
    layout.images("dev").write_text("{}")

    run(command, layout, yes=True)

    assert cluster.told == [f"local {word}", word]
    assert layout.images("dev").exists() is (command is lifecycle.down)


def test_status_shows_the_local_services_with_their_addresses(layout, monkeypatch):
    components = (ComponentStatus("registry", 12, "running", 0), ComponentStatus("mirror", 0, "failed", 5))
    status = LocalStatus(
        "degraded", components, "127.0.0.1:20001", "http://127.0.0.1:20002", None, layout.local, "mirror is failed"
    )
    monkeypatch.setattr(lifecycle, "Local", lambda *_: FakeLocal([], status))
    stream = io.StringIO()

    lifecycle._show_local(layout, Progress(stream))

    said = stream.getvalue()
    assert "Local services: degraded, registry 127.0.0.1:20001, conda mirror http://127.0.0.1:20002" in said
    assert "mirror is failed" in said
    assert [line.split() for line in said.splitlines()[-2:]] == [
        ["registry", "12", "running", "0"],
        ["mirror", "failed", "5"],
    ]


def test_status_says_nothing_of_services_that_never_ran(layout):
    stream = io.StringIO()

    lifecycle._show_local(layout, Progress(stream))

    assert stream.getvalue() == ""
