from types import SimpleNamespace as Thing

import pytest

from tools.bench import pod_marks

NAMED = r"name:\"{}\" uid:\"{}\" namespace:\"ws-bench\""
MADE = r" returns sandbox id \"{}\""
ONE, TWO = NAMED.format("one-0", "mine"), NAMED.format("two-0", "other")


def line(when: str, text: str, level: str = "info") -> str:
    return f'time="2026-11-26T00:00:{when}Z" level={level} msg="{text}"\n'


LOG = (
    line("01.500000000", f"RunPodSandbox for {TWO}" + MADE.format("f00d"))
    + line("02.250000001", f"RunPodSandbox for {ONE}")
    + line("02.400000000", r"CreateContainer within sandbox \"beef\" is slow", "warning")
    + line("02.750000000", f"RunPodSandbox for {ONE}" + MADE.format("beef"))
    + line("02.760000000", r"CreateContainer within sandbox \"f00d\" for container name:\"workspace\"")
    + line("03", r"CreateContainer within sandbox \"beef\" for container name:\"workspace\"")
    + line("03.100", r"CreateContainer within sandbox \"beef\" for name:\"workspace\" returns container id \"cafe\"")
    + line("03.200000000", r"StartContainer for \"bad\" returns successfully")
    + line("03.300000000", r"StartContainer for \"cafe\"")
    + line("03.500000000", r"StartContainer for \"cafe\" returns successfully")
    + "no line of containerd\n"
)
BEGAN = 1795651200.0


def test_the_marks_are_those_of_the_pod_alone():
    found = pod_marks.runtime_marks(LOG.splitlines(), "mine")

    assert found == pytest.approx(
        {"sandbox": BEGAN + 2.25, "sandbox_made": BEGAN + 2.75, "container": BEGAN + 3, "started": BEGAN + 3.5}
    )


def test_a_pod_without_lines_has_no_marks():
    assert pod_marks.runtime_marks(LOG.splitlines(), "unknown") == {}


def test_stages_add_up_to_the_whole():
    runtime = pod_marks.runtime_marks(LOG.splitlines(), "mine")

    found = pod_marks.stages(BEGAN + 2, BEGAN + 2.1, runtime, BEGAN + 5)

    assert tuple(found) == pod_marks.STAGES
    assert found == pytest.approx(
        {"scheduled": 0.1, "volume": 0.15, "sandbox": 0.5, "image": 0.25, "container": 0.5, "ide": 1.5}
    )
    assert sum(found.values()) == pytest.approx(3)


def test_stages_without_all_marks_are_refused():
    with pytest.raises(KeyError, match="sandbox"):
        pod_marks.stages(1, 2, {}, 3)


def pod(*, node: str | None = None, ready: str = "False") -> Thing:
    condition = Thing(type="Ready", status=ready)
    return Thing(metadata=Thing(uid="mine"), spec=Thing(node_name=node), status=Thing(conditions=[condition]))


def test_the_watch_keeps_the_first_moment_of_each_change():
    listed = Thing(metadata=Thing(resource_version="7"))
    watch = pod_marks.Watch(Thing(list_namespaced_pod=lambda *_, **__: listed), "ws-bench", "one-0")

    for now, (kind, value) in enumerate(
        [
            ("DELETED", pod(node="old")),
            ("ADDED", pod()),
            ("MODIFIED", pod(node="here")),
            ("MODIFIED", pod(node="here", ready="True")),
            ("MODIFIED", pod(node="here", ready="True")),
        ]
    ):
        watch.take(kind, value, now)

    assert watch.marks == {"created": 1, "scheduled": 2, "ready": 3}
    assert watch.uid == "mine"
