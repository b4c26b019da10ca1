"""What all projects stand on."""

from components import restricted
from components.foundation import Foundation, priority_classes
from tests.components.manifests import validate
from tests.harness import run


def test_every_object_is_valid_kubernetes():
    monitor = run(lambda: Foundation("slate", {}))

    assert {record.type.rsplit(":", 1)[-1] for record in monitor.objects} == {"Namespace", "PriorityClass"}
    for record in monitor.objects:
        validate(record.manifest)


def test_workspaces_outrank_jobs_and_everything_outranks_placeholders():
    values = {manifest["metadata"]["name"]: manifest["value"] for manifest in priority_classes()}

    ranked = sorted(values, key=lambda name: values[name], reverse=True)
    assert [name for name in ranked if name != "slate-jobs"] == [
        "slate-system",
        "slate-interactive",
        "slate-batch",
        "slate-placeholder",
    ]
    assert values["slate-jobs"] == values["slate-interactive"]  # neither takes the other's room


def test_placeholders_are_still_counted_by_the_cluster_autoscaler():
    """It ignores pods below its cut-off, which is -10 by default."""
    values = {manifest["metadata"]["name"]: manifest["value"] for manifest in priority_classes()}

    assert -10 <= values["slate-placeholder"] < 0


def test_jobs_and_placeholders_never_evict_anybody():
    policies = {manifest["metadata"]["name"]: manifest["preemptionPolicy"] for manifest in priority_classes()}

    assert {policies[name] for name in ("slate-jobs", "slate-batch", "slate-placeholder")} == {"Never"}


def test_the_platforms_jobs_are_of_the_kind_that_evicts_nobody():
    server = restricted.pod([], [])
    job = restricted.pod([], [], restartPolicy="Never")

    assert (server["priorityClassName"], job["priorityClassName"]) == ("slate-system", "slate-jobs")


def test_system_namespace_enforces_the_restricted_profile():
    labels = run(lambda: Foundation("slate", {})).one("Namespace", "slate-system").manifest["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
