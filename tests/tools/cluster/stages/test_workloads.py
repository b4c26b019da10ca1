import pytest

from tests.tools.cluster.stages.objects import FAULT, PODS, condition, main_container, pod_spec, workload

pytestmark = pytest.mark.cluster


@pytest.mark.usefixtures("node")
def test_deployments_and_daemon_sets_become_available(kube, name, until):
    deployments, daemon_sets = (f"/apis/apps/v1/namespaces/default/{kind}" for kind in ("deployments", "daemonsets"))
    kube.create(deployments, workload("Deployment", "apps/v1", name, replicas=2))
    kube.create(daemon_sets, workload("DaemonSet", "apps/v1", name))

    until(
        "the deployment is available", lambda: kube.get(f"{deployments}/{name}")["status"].get("availableReplicas") == 2
    )
    until("the daemon set is ready", lambda: kube.get(f"{daemon_sets}/{name}")["status"].get("numberReady") == 1)

    for kind in (deployments, daemon_sets):
        kube.delete(f"{kind}/{name}?propagationPolicy=Background")
    until("their pods are gone", lambda: not kube.get(f"{PODS}?labelSelector=app%3D{name}")["items"])


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("fault", [None, "crash"])
def test_a_job_completes_or_fails(kube, name, until, fault):
    jobs = "/apis/batch/v1/namespaces/default/jobs"
    template = {
        "metadata": {
            "labels": {FAULT: fault} if fault else {},
            "annotations": {"sim.slate.dev/crash-after": "200ms", "sim.slate.dev/complete-after": "200ms"},
        },
        "spec": pod_spec(name, restartPolicy="Never"),
    }
    spec = {"backoffLimit": 0, "template": template}
    kube.create(jobs, {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec})

    job = f"{jobs}/{name}"
    until("it has ended", lambda: condition(kube.get(job), "Failed" if fault else "Complete").get("status") == "True")

    (pod,) = kube.get(f"{PODS}?labelSelector=job-name%3D{name}")["items"]
    assert pod["status"]["phase"] == ("Failed" if fault else "Succeeded")
    assert main_container(pod)["state"]["terminated"]["exitCode"] == (137 if fault else 0)
    assert condition(pod)["status"] == "False"
    kube.delete(f"{job}?propagationPolicy=Background")


def test_pods_of_a_deleted_node_do_not_stay(kube, orphans, until):
    until("they are gone", lambda: all(kube.get(path) is None for path in orphans), seconds=240)
