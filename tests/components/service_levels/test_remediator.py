"""The remediator as it is declared: what it may do, who reaches it, and with which limits."""

from typing import Any, cast

import pytest

from components.project import Project
from components.service_levels.remediator import Remediator, RemediatorArgs
from services.service_levels.remediator.cli import parser
from tests.components.examples import IMAGE, project
from tests.components.manifests import check_restricted, pod_specs, validate
from tests.harness import run


def declared(**changes: Any):
    args = cast(RemediatorArgs, {"image": IMAGE, "pull_secret": "pull"} | changes)
    return run(lambda: Remediator("remediator", args))


def command(monitor) -> list[str]:
    (pod,) = pod_specs(monitor.one("Deployment", "remediator").manifest)
    return pod["containers"][0]["command"]


def test_every_object_is_valid_and_its_pod_restricted():
    monitor = declared()

    for record in monitor.objects:
        validate(record.manifest)
    (pod,) = pod_specs(monitor.one("Deployment", "remediator").manifest)
    check_restricted(pod)
    assert pod["imagePullSecrets"] == [{"name": "pull"}]


def test_the_program_reads_its_limits_as_they_are_declared():
    given = command(
        declared(
            minimum_age_seconds=60, start_deadline_seconds=200, per_workspace_per_hour=3, fleet_percent=5, dry_run=True
        )
    )

    assert given[:4] == ["python", "-m", "services.service_levels", "remediate"]
    options = parser().parse_args(given[4:])
    assert (options.address, options.port, options.namespace, options.ledger) == (
        "0.0.0.0",  # noqa: S104
        8095,
        "slate-system",
        "remediations",
    )
    assert (options.minimum_age_seconds, options.start_deadline_seconds) == (60, 200)
    assert (options.per_workspace_per_hour, options.fleet_percent) == (3, 5)
    assert (options.dry_run, options.fencing) == (True, False)


def test_it_may_touch_nodes_only_for_fencing():
    def verbs(monitor) -> set[str]:
        rules = monitor.one("ClusterRole", "slate-remediator-cluster").manifest["rules"]
        return {verb for rule in rules if "nodes" in rule["resources"] for verb in rule["verbs"]}

    assert verbs(declared()) == {"get", "list"}
    assert verbs(declared(fencing=True)) == {"get", "list", "patch"}
    assert "--fencing" in command(declared(fencing=True))


def test_a_deployment_leaves_the_ledger_alone():
    assert list(declared().one("ConfigMap", "remediations").request.ignoreChanges) == ["data"]


def test_only_the_named_namespaces_reach_it():
    policy = declared(notified_from=["monitoring", "slate-system"]).one("NetworkPolicy", "remediator").manifest["spec"]

    (rule,) = policy["ingress"]
    names = [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in rule["from"]]
    assert names == ["slate-system", "monitoring"]
    assert rule["ports"] == [{"port": 8095, "protocol": "TCP"}]


def test_at_rest_nothing_runs():
    assert declared(at_rest=True).one("Deployment", "remediator").manifest["spec"]["replicas"] == 0


def test_a_project_lets_it_in_only_if_it_is_to_be_healed():
    healed, closed = (run(lambda value=value: Project("vision", project(healed=value))) for value in (True, False))

    binding = healed.one("RoleBinding", "remediator").manifest
    assert binding["metadata"]["namespace"] == "ws-vision"
    assert binding["roleRef"]["name"] == "slate-remediator"
    assert [record.manifest["roleRef"]["name"] for record in closed.of("RoleBinding")] == ["member"]


def test_misspelt_arguments_are_refused():
    with pytest.raises(ValueError, match=r"unknown argument 'dryrun' \(did you mean 'dry_run'\?\)"):
        declared(dryrun=True)
