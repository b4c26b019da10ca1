"""The registry in the cluster: who may push, how data is collected, what is kept."""

import base64
from typing import Any, cast

import pytest
import yaml

from components.registry import ImageRegistry, ImageRegistryArgs
from components.registry.collection import cron_job, role
from components.registry.configuration import files
from components.registry.server import network_policy
from services.registry_maintenance.__main__ import parser
from tests.components.examples import IMAGE
from tests.components.manifests import check_restricted, pod_specs, validate
from tests.harness import SECRET_SIGNATURE, run


def registry(**changes: Any) -> ImageRegistryArgs:
    base = {
        "host": "registry.example.org:5000",
        "push_host": "registry.example.org:5001",
        "image": IMAGE,
        "maintenance_image": IMAGE,
        "htpasswd": "puller:$2y$05$hash\n",
        "pull_from": ["10.0.0.0/16"],
        "push_from": ["10.1.0.0/28"],
    }
    return cast(ImageRegistryArgs, base | changes)


@pytest.fixture
def monitor():
    return run(lambda: ImageRegistry("registry", registry(pull_secret="pull")))


def test_every_object_is_valid_and_every_pod_restricted(monitor):
    pods = [pod for record in monitor.objects for pod in pod_specs(record.manifest)]

    assert len(pods) == 2
    for record in monitor.objects:
        validate(record.manifest)
    for pod in pods:
        check_restricted(pod)
        assert pod["imagePullSecrets"] == [{"name": "pull"}]


def test_the_volume_survives_and_nothing_else_is_protected(monitor):
    protected = {record.type.rsplit(":", 1)[-1] for record in monitor if record.request.protect}

    assert protected == {"PersistentVolumeClaim"}
    assert monitor.one("PersistentVolumeClaim", "registry").request.retainOnDelete is True


def test_accounts_are_a_secret(monitor):
    record = monitor.one("Secret", "registry-accounts")

    assert SECRET_SIGNATURE in str(record.inputs["data"])
    assert base64.b64decode(record.manifest["data"]["htpasswd"]).decode() == "puller:$2y$05$hash"


def test_what_the_nodes_reach_never_takes_pushes_and_what_the_builders_reach_does():
    texts = {name: yaml.safe_load(text) for name, text in files().items()}

    pull, push = texts["pull.yml"], texts["push-writable.yml"]
    assert pull["http"]["addr"] == ":5000"
    assert pull["storage"]["maintenance"]["readonly"] == {"enabled": True}
    assert push["http"]["addr"] == ":5001"
    assert push["storage"]["maintenance"]["readonly"] == {"enabled": False}
    for text in texts.values():
        assert "cache" not in text["storage"]  # it would offer what was collected
    for serving in (pull, push, texts["push-read-only.yml"]):
        assert serving["auth"]["htpasswd"]["path"] == "/etc/registry/accounts/htpasswd"
        assert set(serving["http"]["tls"]) == {"certificate", "key"}
        assert serving["http"]["debug"]["prometheus"] == {"enabled": True, "path": "/metrics"}


def test_network_lets_only_builders_push_and_the_registry_reach_nothing():
    spec = network_policy(registry())["spec"]

    by_port = {rule["ports"][0]["port"]: rule["from"] for rule in spec["ingress"]}
    assert by_port[5001] == [{"ipBlock": {"cidr": "10.1.0.0/28"}}]
    assert {"ipBlock": {"cidr": "10.0.0.0/16"}} in by_port[5000]
    assert {"ipBlock": {"cidr": "10.1.0.0/28"}} not in by_port[5000]
    assert by_port[5010] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "slate-system"}}}]
    assert spec["egress"] == []


def test_containers_follow_the_mode_and_the_certificate(monitor):
    (pod,) = pod_specs(monitor.one("StatefulSet", "registry").manifest)
    pull, push = pod["containers"]

    assert 'serve "/etc/registry/config/push-$MODE.yml"' in push["command"][2]
    assert 'test "$(cat /etc/registry/mode/mode)" = "$MODE"' in push["livenessProbe"]["exec"]["command"][2]
    assert "MODE" not in pull["livenessProbe"]["exec"]["command"][2]  # pulls go on during a collection
    for container in (pull, push):
        assert "find -L /etc/registry/tls/tls.crt -newer" in container["livenessProbe"]["exec"]["command"][2]
    assert {"name": "data", "mountPath": "/var/lib/registry", "readOnly": True} in pull["volumeMounts"]


def test_a_deployment_does_not_undo_the_mode_of_a_collection_at_work(monitor):
    assert list(monitor.one("ConfigMap", "registry-mode").request.ignoreChanges) == ["data"]


def test_a_changed_configuration_restarts_the_server(monitor):
    template = monitor.one("StatefulSet", "registry").manifest["spec"]["template"]

    assert len(template["metadata"]["annotations"]["slate.dev/configuration"]) == 16


def test_collection_switches_first_and_switches_back_whatever_happened():
    (pod,) = pod_specs(cron_job(registry(), IMAGE))

    first, collect = pod["initContainers"]
    (last,) = pod["containers"]
    assert (first["name"], collect["name"], last["name"]) == ("read-only", "collect", "writable")
    for container, mode in ((first, "read-only"), (last, "writable")):
        assert container["command"][:3] == ["python", "-m", "services.registry_maintenance"]
        options = parser().parse_args(container["command"][3:])  # as the program itself reads them
        assert (options.mode, options.pod, options.container) == (mode, "registry-0", "push")
    script = collect["command"][2]
    assert "garbage-collect --delete-untagged /etc/registry/config/collect.yml" in script
    assert script.endswith("; echo $? > /run/collection/result")  # a failure must not keep the last step from running
    assert pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]


def test_the_switch_has_no_more_rights_than_it_needs_and_the_collector_none():
    rules = {tuple(rule["resources"]): (rule["resourceNames"], rule["verbs"]) for rule in role()["rules"]}
    (pod,) = pod_specs(cron_job(registry(), IMAGE))
    holders = [
        container["name"]
        for container in [*pod["initContainers"], *pod["containers"]]
        if any(mount["name"] == "token" for mount in container["volumeMounts"])
    ]

    assert rules == {
        ("configmaps",): (["registry-mode"], ["get", "patch"]),
        ("pods",): (["registry-0"], ["get"]),
    }
    assert holders == ["read-only", "writable"]


def test_without_the_platforms_image_nothing_is_collected_and_that_is_said(caplog):
    args = registry()
    del args["maintenance_image"]

    monitor = run(lambda: ImageRegistry("registry", args))

    assert monitor.of("CronJob") == []
    assert "will not be collected" in caplog.text


def test_certificate_comes_from_an_issuer_of_its_own_or_a_given_secret():
    own = run(lambda: ImageRegistry("registry", registry()))
    given = run(lambda: ImageRegistry("registry", registry(tls_secret="wildcard")))

    certificate = own.one("Certificate", "registry--certificate-registry").manifest["spec"]
    assert certificate["dnsNames"] == ["registry.example.org", "registry.slate-system.svc"]
    assert certificate["secretName"] == "registry-tls"
    assert given.of("Certificate") == given.of("Issuer") == []
    (pod,) = pod_specs(given.one("StatefulSet", "registry").manifest)
    assert {"name": "tls", "secret": {"secretName": "wildcard", "defaultMode": 0o440}} in pod["volumes"]


def test_misspelt_arguments_are_refused():
    with pytest.raises(ValueError, match=r"unknown argument 'puch_from' \(did you mean 'push_from'\?\)"):
        run(lambda: ImageRegistry("registry", registry(puch_from=[])))
