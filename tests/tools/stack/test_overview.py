from tools.stack import overview
from tools.stack.overview import Fleet

ALICE = {"project": "vision", "name": "alice", "pool": "cpu", "host": "alice--vision.x", "ssh": "ssh alice"}


def labels(**values):
    return {f"slate.dev/{key}": value for key, value in values.items()}


def stateful_set(replicas=None, revision="r1", **status):
    spec = {} if replicas is None else {"replicas": replicas}
    return {
        "kind": "StatefulSet",
        "metadata": {"labels": labels(project="vision", workspace="alice")},
        "spec": spec,
        "status": {"updateRevision": revision, **status},
    }


def pod(*, ready, revision="r1", node="cpu-0", phase="Running", conditions=(), **status):
    return {
        "kind": "Pod",
        "metadata": {"labels": {**labels(project="vision", workspace="alice"), "controller-revision-hash": revision}},
        "spec": {
            "nodeName": node,
            "containers": [{"resources": {"requests": {"cpu": "500m", "memory": "2Gi", "nvidia.com/gpu": "1"}}}],
        },
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}, *conditions],
            **status,
        },
    }


def node(name, pool, *, ready=True):
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels(pool=pool)},
        "status": {
            "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}],
            "allocatable": {"cpu": "16", "memory": "64Gi", "nvidia.com/gpu": "4", "pods": "110"},
        },
    }


def state(**fleet):
    (found,) = overview.workspaces([ALICE], Fleet(**fleet))
    return found.state, found.remark


def test_a_workspace_with_a_ready_pod_is_ready():
    assert state(stateful_sets=[stateful_set()], pods=[pod(ready=True)]) == ("ready", "")


def test_a_running_pod_of_an_older_template_is_ready_and_says_when_it_changes():
    found = state(stateful_sets=[stateful_set(revision="r2")], pods=[pod(ready=True)])

    assert found == ("ready", "update at its next start")


def test_no_replicas_means_asleep_and_a_pod_that_is_still_there_is_mentioned():
    assert state(stateful_sets=[stateful_set(0)]) == ("asleep", "")
    assert state(stateful_sets=[stateful_set(0)], pods=[pod(ready=True)]) == ("asleep", "its pod is still stopping")


def test_a_pod_that_cannot_be_scheduled_says_why():
    waiting = {"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available: 2 Insufficient cpu."}

    found = state(stateful_sets=[stateful_set()], pods=[pod(ready=False, phase="Pending", conditions=[waiting])])

    assert found == ("starting", "0/2 nodes are available: 2 Insufficient cpu.")


def test_an_image_that_cannot_be_pulled_says_so():
    trouble = [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]

    found = state(stateful_sets=[stateful_set()], pods=[pod(ready=False, containerStatuses=trouble)])

    assert found == ("starting", "ImagePullBackOff: no such image")


def test_a_workspace_without_a_pod_is_starting():
    assert state(stateful_sets=[stateful_set()]) == ("starting", "no pod yet")


def test_a_declared_workspace_that_the_cluster_does_not_have_is_missing():
    assert state() == ("missing", "not in the cluster")


def test_a_row_of_a_workspace_holds_its_state_and_addresses():
    rows = overview.workspace_rows(overview.workspaces([ALICE], Fleet()))

    assert rows == [["vision", "alice", "missing (not in the cluster)", "cpu", "alice--vision.x", "ssh alice"]]


def test_a_pool_counts_ready_nodes_and_what_running_pods_request():
    fleet = Fleet(
        nodes=[node("cpu-0", "cpu"), node("cpu-1", "cpu", ready=False), node("other-0", "other")],
        pods=[pod(ready=True), pod(ready=False), pod(ready=False, phase="Failed"), pod(ready=True, node="other-0")],
    )

    assert overview.pool_rows(["cpu"], fleet) == [
        ["cpu", "1 of 2", "cpu 1 of 32, memory 4Gi of 128Gi, nvidia.com/gpu 2 of 8"]
    ]


def test_a_declared_pool_without_nodes_has_a_row():
    assert overview.pool_rows(["gpu"], Fleet()) == [["gpu", "0 of 0", ""]]


def test_without_declared_pools_those_of_the_nodes_are_shown():
    assert [row[0] for row in overview.pool_rows(None, Fleet(nodes=[node("b-0", "b"), node("a-0", "a")]))] == ["a", "b"]


def quota(namespace="ws-vision", **hard):
    return {
        "kind": "ResourceQuota",
        "metadata": {"namespace": namespace, "labels": labels(project="vision")},
        "status": {
            "hard": {
                "requests.cpu": "16",
                "requests.memory": "64Gi",
                "requests.storage": "100Gi",
                "count/statefulsets.apps": "5",
                **hard,
            },
            "used": {
                "requests.cpu": "2500m",
                "requests.memory": "8Gi",
                "requests.storage": "30Gi",
                "count/statefulsets.apps": "3",
                "requests.nvidia.com/gpu": "1",
            },
        },
    }


def test_a_quota_shows_used_of_allowed_with_accelerators():
    rows = overview.quota_rows(Fleet(quotas=[quota(**{"requests.nvidia.com/gpu": "2"})]), {"ws-vision"})

    assert rows == [["vision", "2.5 of 16", "8Gi of 64Gi", "30Gi of 100Gi", "3 of 5", "1 of 2 nvidia.com/gpu"]]


def test_quotas_of_other_namespaces_are_not_shown():
    assert overview.quota_rows(Fleet(quotas=[quota("ws-other")]), {"ws-vision"}) == []


def test_a_quota_that_the_controller_has_not_counted_yet_is_left_out():
    fresh = {"metadata": {"namespace": "ws-vision", "labels": labels(project="vision")}}

    assert overview.quota_rows(Fleet(quotas=[fresh]), {"ws-vision"}) == []


def test_the_fleet_is_read_with_one_question():
    class FakeKubectl:
        questions = 0

        def items(self, kinds):
            self.questions += 1
            assert set(kinds) == {"nodes", "pods", "statefulsets.apps", "resourcequotas"}
            return [node("cpu-0", "cpu"), pod(ready=True), stateful_set(), {**quota(), "kind": "ResourceQuota"}]

    kubectl = FakeKubectl()

    fleet = overview.read_fleet(kubectl)

    assert (len(fleet.nodes), len(fleet.pods), len(fleet.stateful_sets), len(fleet.quotas)) == (1, 1, 1, 1)
    assert kubectl.questions == 1
