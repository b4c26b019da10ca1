"""The conda mirror: what it takes, when it is filled, who reads, and what clients are told."""

from typing import Any, cast

import pytest
import yaml

from components import labels
from components.conda_mirror import CondaMirror, CondaMirrorArgs, node_cache, server, synchronisation
from components.conda_mirror.client_files import channel_urls, condarc, pip_configuration
from components.conda_mirror.node_cache import daemon_set, service
from components.conda_mirror.server import network_policy
from components.conda_mirror.synchronisation import configuration, cron_job, files, inputs_hash, job
from components.project.network import allow_egress
from services.conda_mirror.commands import _parser as build_parser
from services.conda_mirror.configuration import read_configuration
from tests.components.examples import IMAGE, project
from tests.components.manifests import check_restricted, pod_specs, validate
from tests.harness import run

FORGE = {"name": "conda-forge", "url": "https://conda.anaconda.org/conda-forge"}
TEAM = {"name": "team", "url": "https://conda.example.org/team", "source": "https://inside.example.org/team"}
LIST = "https://conda.anaconda.org/conda-forge/noarch/a-1-0.conda#sha256:" + "0" * 64 + "\n"
BASE = "http://conda-mirror.slate-system.svc:8100"


def mirror(**changes: Any) -> CondaMirrorArgs:
    base = {"image": IMAGE, "channels": [FORGE, TEAM], "locks": {"locks": LIST}, "specs": ["numpy >=2"]}
    return cast(CondaMirrorArgs, base | changes)


@pytest.fixture
def monitor():
    return run(lambda: CondaMirror("conda-mirror", mirror(node_cache=True, pull_secret="pull")))


def test_every_object_is_valid_and_every_pod_restricted(monitor):
    pods = [pod for record in monitor.objects for pod in pod_specs(record.manifest)]

    assert len(pods) == 4  # server, first synchronisation, further ones, node cache
    for record in monitor.objects:
        validate(record.manifest)
    for pod in pods:
        check_restricted(pod)
        assert pod["imagePullSecrets"] == [{"name": "pull"}]


def test_the_volume_survives(monitor):
    request = monitor.one("PersistentVolumeClaim", "conda-mirror").request

    assert (request.protect, request.retainOnDelete) == (True, True)


def test_programs_understand_the_commands_that_pods_give_them(monitor):
    commands = [
        container["command"]
        for record in monitor.objects
        for pod in pod_specs(record.manifest)
        for container in [*pod.get("initContainers", ()), *pod["containers"]]
    ]

    for command in commands:
        assert command[:3] == ["python", "-m", "services.conda_mirror"]
        assert build_parser().parse_args(command[3:])
    assert {command[3] for command in commands} == {"serve", "sync", "gc", "node-cache"}


def test_the_mirrors_program_understands_its_configuration(tmp_path):
    args = mirror(exclude_newer="7d", denied_licences=["AGPL-*"], platforms=["linux-64", "linux-aarch64"])
    for name, text in files(args).items():
        (tmp_path / name).write_text(text)

    read = read_configuration(tmp_path / "mirror.yml")

    assert [(channel.name, channel.source) for channel in read.channels] == [
        ("conda-forge", None),
        ("team", "https://inside.example.org/team"),
    ]
    assert [path.name for path in read.locks] == ["locks.explicit.txt"]
    assert read.specs == ("numpy >=2",)
    assert read.deny == ("AGPL-*",)
    assert read.platforms == ("linux-64", "linux-aarch64")


def test_a_job_is_named_by_what_is_to_be_mirrored():
    same, other = mirror(schedule="0 5 * * *"), mirror(locks={"locks": LIST.replace("a-1", "a-2")})

    assert inputs_hash(mirror()) == inputs_hash(same)
    assert inputs_hash(mirror()) != inputs_hash(other)
    assert job(mirror())["metadata"]["name"] == f"conda-mirror-sync-{inputs_hash(mirror())}"
    (volume,) = [volume for volume in pod_specs(job(other))[0]["volumes"] if volume["name"] == "config"]
    assert volume["configMap"]["name"] == f"conda-mirror-{inputs_hash(other)}"


def test_nothing_to_take_is_left_out_of_the_configuration():
    assert configuration(mirror(locks={}))["take"] == {"specs": ["numpy >=2"]}


def test_the_first_synchronisation_waits_for_the_server_and_may_take_its_time(monitor):
    record = monitor.of("Job")[0]

    assert record.request.customTimeouts.create == "2h"
    assert monitor.one("Deployment", "conda-mirror").urn in record.request.dependencies
    assert "ttlSecondsAfterFinished" not in record.manifest["spec"]  # a refresh would run it again


def test_old_snapshots_go_after_each_synchronisation():
    spec = cron_job(mirror(keep_snapshots=3, keep_days=0))["spec"]
    (pod,) = pod_specs({"spec": spec})

    assert [container["name"] for container in pod["initContainers"]] == ["sync"]
    assert pod["containers"][0]["command"][3:] == ["gc", "--root", "/srv/channels", "--keep", "3", "--age", "0d"]
    assert spec["concurrencyPolicy"] == "Forbid"


def test_server_only_reads_and_reaches_nothing():
    (pod,) = pod_specs(run(lambda: CondaMirror("m", mirror())).one("Deployment", "conda-mirror").manifest)
    spec = network_policy(mirror(clients=["10.9.0.0/24"]))["spec"]

    assert {"name": "data", "mountPath": "/srv/channels", "readOnly": True} in pod["containers"][0]["volumeMounts"]
    assert spec["egress"] == []
    assert {"ipBlock": {"cidr": "10.9.0.0/24"}} in spec["ingress"][0]["from"]


def test_synchronisation_never_reaches_the_metadata_service(monitor):
    egress = monitor.one("NetworkPolicy", "conda-mirror-sync").manifest["spec"]["egress"]

    (blocks,) = [rule["to"] for rule in egress if "ipBlock" in rule["to"][0]]
    assert "169.254.0.0/16" in blocks[0]["ipBlock"]["except"]


def test_projects_may_reach_the_mirror_and_its_caches():
    rules = allow_egress(project())["spec"]["egress"]

    (rule,) = [rule for rule in rules if {port["port"] for port in rule["ports"]} == {labels.PORT_MIRROR}]
    (peer,) = rule["to"]
    (expression,) = peer["podSelector"]["matchExpressions"]
    assert expression["key"] == labels.COMPONENT
    assert set(expression["values"]) == {node_cache.COMPONENT, server.COMPONENT}


def test_sources_at_ports_of_their_own_are_reached_by_the_synchronisation():
    channels = [
        {"name": "one", "url": "https://one.example.org/c", "source": "http://10.0.0.1:8123/latest/one"},
        {"name": "two", "url": "https://two.example.org/c"},
    ]

    ports = synchronisation.network_policy(mirror(channels=channels))["spec"]["egress"][-1]["ports"]

    assert [port["port"] for port in ports] == [443, 80, 8123]


def test_each_node_asks_its_own_cache_only():
    assert service()["spec"]["internalTrafficPolicy"] == "Local"
    (pod,) = pod_specs(daemon_set(mirror(node_cache_size="10Gi")))
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert pod["containers"][0]["resources"]["limits"]["ephemeral-storage"] == str(12 * 1024**3)
    assert pod["containers"][0]["command"][4:6] == ["--mirror", BASE]


def test_clients_are_told_these_channels_alone_in_strict_order():
    channels = cast(Any, [FORGE, TEAM])

    rules = yaml.safe_load(condarc(channels, BASE))

    urls = [f"{BASE}/latest/conda-forge", f"{BASE}/latest/team"]
    assert rules["channels"] == rules["allowlist_channels"] == urls
    assert rules["channel_priority"] == "strict"
    assert rules["default_channels"] == []
    assert rules["channel_alias"] == f"{BASE}/latest"
    assert list(channel_urls(channels, BASE)) == ["conda-forge", "team"]


def test_pip_asks_a_private_index_or_nobody():
    assert "no-index = true" in pip_configuration()
    assert pip_configuration("https://pypi.example.org/simple").splitlines()[1] == (
        "index-url = https://pypi.example.org/simple"
    )


def test_outputs_lead_to_the_cache_where_there_is_one():
    plain = run(lambda: CondaMirror("m", mirror()))
    cached = run(lambda: CondaMirror("m", mirror(node_cache=True)))

    def outputs(monitor) -> dict[str, Any]:
        return next(record.outputs for record in monitor if record.type == "slate:index:CondaMirror")

    assert outputs(plain)["url"] == BASE
    assert outputs(plain)["channels"]["team"] == f"{BASE}/latest/team"
    assert outputs(cached)["url"] == "http://conda-cache.slate-system.svc:8100"
    assert "conda-cache" in outputs(cached)["condarc"]
    assert outputs(cached)["pipConfiguration"] == pip_configuration()


def test_a_misspelt_channel_is_refused():
    with pytest.raises(ValueError, match="unknown argument 'uri'"):
        run(lambda: CondaMirror("m", mirror(channels=[{"name": "a", "uri": "https://a"}])))


def test_a_volume_that_is_not_to_be_protected_goes_with_its_stack():
    monitor = run(lambda: CondaMirror("mirror", mirror(protected=False)))

    request = monitor.one("PersistentVolumeClaim", "mirror").request
    assert (request.protect, request.retainOnDelete) == (False, False)
