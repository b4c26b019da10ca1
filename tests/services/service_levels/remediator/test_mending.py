"""The remediator as it runs, with its own account, against a real API server and simulated pods."""

import json
import threading

import pytest

from components import labels
from tests.services.service_levels.programs import remediating
from tests.tools.cluster.support import eventually

pytestmark = pytest.mark.cluster

# No waiting: the times are tested without a cluster. Limits of the fleet are off where a test is not about them.
QUICK = ("--minimum-age-seconds", "0", "--fleet-percent", "100")
ALL = ("--per-workspace-per-hour", "1000", *QUICK)


def test_a_pod_that_crashes_is_made_anew_and_the_alert_may_come_again(stage):
    team = stage.project()
    stage.workspace(team, "alice")
    before = stage.fault(team, "alice", "crash")

    with remediating(stage, *ALL) as program:
        assert program.notify((team, "alice")) == ["done container-waits"]
        eventually("another pod is ready", lambda: stage.uid(team, "alice") != before and stage.ready(team, "alice"))
        assert program.notify((team, "alice"), (team, "alice")) == ["refused ready"]

        assert program.counted(result="done") == 1
    events = stage.kube.get(f"/api/v1/namespaces/ws-{team}/events?fieldSelector=reason%3DRemediated")["items"]
    assert [event["involvedObject"]["name"] for event in events] == ["alice"]


def test_a_health_check_that_fails_in_a_running_pod_leads_to_a_new_one(stage):
    team = stage.project()
    stage.workspace(team, "alice")
    before = stage.fault(team, "alice", "unready")
    told = f"/api/v1/namespaces/ws-{team}/events?fieldSelector=reason%3DUnhealthy"
    eventually("the kubelet has told", lambda: stage.kube.get(told)["items"])

    with remediating(stage, *ALL) as program:
        assert program.notify((team, "alice")) == ["done health-check"]

    eventually("another pod is ready", lambda: stage.uid(team, "alice") != before and stage.ready(team, "alice"))


def test_healthy_sleeping_and_unknown_workspaces_are_left_alone(stage):
    team = stage.project()
    for name in ("alice", "bob"):
        stage.workspace(team, name)
    stage.kube.patch(f"/apis/apps/v1/namespaces/ws-{team}/statefulsets/bob/scale", {"spec": {"replicas": 0}})
    before = stage.uid(team, "alice")

    with remediating(stage, *ALL) as program:
        assert program.notify((team, "alice")) == ["refused ready"]
        assert program.notify((team, "bob"))[0] in ("refused asleep", "refused terminating")
        assert program.notify((team, "nobody")) == ["refused no-workspace"]
        assert program.notify(("nowhere", "alice")) == ["refused not-a-project"]

    assert stage.uid(team, "alice") == before
    assert stage.ledger() == [] or all(entry["namespace"] != f"ws-{team}" for entry in stage.ledger())


def test_resolved_alerts_and_pods_of_others_do_nothing(stage):
    team = stage.project()
    stage.workspace(team, "alice")
    before = stage.fault(team, "alice", "crash")

    with remediating(stage, *ALL) as program:
        assert program.notify((team, "alice"), status="resolved") == []
        hold = {"metadata": {"annotations": {"slate.dev/remediation": "off"}}}
        stage.kube.patch(f"/apis/apps/v1/namespaces/ws-{team}/statefulsets/alice", hold)
        assert program.notify((team, "alice")) == ["refused held"]

    assert stage.uid(team, "alice") == before


def test_a_pod_that_is_broken_for_a_moment_is_left_alone(stage):
    team = stage.project()
    stage.workspace(team, "alice")
    before = stage.fault(team, "alice", "crash")

    with remediating(stage, "--minimum-age-seconds", "600", "--fleet-percent", "100") as program:
        assert program.notify((team, "alice")) == ["refused too-young"]

    assert stage.uid(team, "alice") == before


def test_limits_outlive_a_restart_of_the_remediator(stage):
    team = stage.project()
    stage.workspace(team, "alice")

    for expected in ("done", "done", "refused"):
        before = stage.fault(team, "alice", "crash")
        with remediating(stage, *QUICK) as program:
            (outcome,) = program.notify((team, "alice"))
        assert outcome.split()[0] == expected, outcome
        if expected == "done":
            eventually("another pod", lambda: stage.uid(team, "alice") != before and stage.ready(team, "alice"))  # noqa: B023
    assert outcome == "refused workspace-limit"
    assert stage.uid(team, "alice") == before


def test_many_alerts_at_once_replace_no_more_than_the_fleet_allows(stage):
    team = stage.project()
    names = [f"w{number}" for number in range(4)]
    for name in names:
        stage.workspace(team, name)
    before = {name: stage.fault(team, name, "crash") for name in names}

    with remediating(stage, "--minimum-age-seconds", "600", "--fleet-percent", "10") as program:
        assert set(program.notify(*((team, name) for name in names))) == {"refused too-young"}
    with remediating(stage, "--minimum-age-seconds", "0", "--fleet-percent", "10") as program:
        said = []
        workers = [
            threading.Thread(target=lambda name=name: said.extend(program.notify((team, name)))) for name in names
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert set(said) == {"refused fleet-burns"}
    assert {name: stage.uid(team, name) for name in names} == before


def test_two_remediators_spend_one_allowance(stage):
    team = stage.project()
    stage.workspace(team, "alice")
    before = stage.fault(team, "alice", "crash")

    with remediating(stage, *ALL) as one, remediating(stage, *ALL) as two:
        said = []
        workers = [
            threading.Thread(target=lambda program=program: said.extend(program.notify((team, "alice"))))
            for program in (one, two, one, two)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    # The others find it changed, going or gone, or lose the race for the ledger and are to come again.
    assert said.count("done container-waits") == 1, said
    assert [entry["uid"] for entry in stage.ledger()].count(before) == 1


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(stage):
    team = stage.project()
    stage.workspace(team, "alice")
    before = stage.fault(team, "alice", "crash")
    ledger = stage.ledger()

    with remediating(stage, "--dry-run", *QUICK) as program:
        assert program.notify((team, "alice")) == ["dry-run container-waits"]
        assert program.counted(result="dry-run") == 1

    assert stage.uid(team, "alice") == before
    assert stage.pod(team, "alice")["metadata"].get("deletionTimestamp") is None
    assert stage.ledger() == ledger


def test_without_its_ledger_or_its_rights_it_does_nothing(stage):
    team, closed = stage.project(), stage.project(healed=False)
    for project in (team, closed):
        stage.workspace(project, "alice")
    before = {project: stage.fault(project, "alice", "crash") for project in (team, closed)}
    ledger = f"/api/v1/namespaces/{labels.SYSTEM_NAMESPACE}/configmaps/remediations"
    kept = stage.kube.get(ledger).get("data")

    with remediating(stage, *ALL) as program:
        assert program.notify((closed, "alice")) == ["failed api"]
        stage.kube.patch(ledger, {"data": {"ledger.json": "{}}"}})
        assert program.notify((team, "alice")) == ["failed ledger"]
        stage.kube.patch(ledger, {"data": {"ledger.json": json.dumps([{"uid": "x"}])}})
        assert program.notify((team, "alice")) == ["failed ledger"]
    with remediating(stage, "--ledger", "elsewhere", *ALL) as program:
        assert program.notify((team, "alice")) == ["failed api"]

    stage.kube.patch(ledger, {"data": kept or {"ledger.json": "[]"}})
    assert {project: stage.uid(project, "alice") for project in before} == before


def test_bad_requests_are_refused_with_a_message(stage):
    with remediating(stage, *ALL) as program:
        assert program.post(b"not json")[0] == 400
        code, said = program.post({"version": "3", "alerts": []})
        assert program.ask("/healthz")[0] == 200

    assert (code, "version '3'" in said) == (400, True)


def test_its_account_can_do_nothing_else(stage):
    """What the component allows, asked of the API server itself."""
    team = stage.project()
    system = {"namespace": "slate-system"}
    questions = [
        ({"namespace": f"ws-{team}"}, "delete", "", "pods", True),
        ({"namespace": f"ws-{team}"}, "get", "", "secrets", False),
        ({"namespace": f"ws-{team}"}, "delete", "apps", "statefulsets", False),
        ({"namespace": f"ws-{team}"}, "patch", "apps", "statefulsets/scale", False),
        ({"namespace": f"ws-{team}"}, "create", "", "pods", False),
        ({"namespace": f"ws-{team}"}, "delete", "", "persistentvolumeclaims", False),
        ({"namespace": "kube-system"}, "delete", "", "pods", False),
        ({"namespace": "kube-system"}, "list", "", "pods", False),
        (system, "delete", "", "pods", False),
        (system, "get", "", "secrets", False),
        (system | {"name": "remediations"}, "update", "", "configmaps", True),
        (system | {"name": "other"}, "get", "", "configmaps", False),
        ({}, "delete", "", "nodes", False),
    ]
    for where, verb, group, resource, allowed in questions:
        name, _, subresource = resource.partition("/")
        attributes = where | {"verb": verb, "group": group, "resource": name, "subresource": subresource}
        spec = {"user": "system:serviceaccount:slate-system:remediator", "resourceAttributes": attributes}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        answer = stage.kube.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        assert answer["status"]["allowed"] is allowed, attributes
