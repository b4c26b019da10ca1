"""A workspace: identity, limits, what it may write, and how its state and home behave."""

import pytest

from components.workspace import Workspace
from tests.components.examples import cpu_pool, gpu_pool, workspace
from tests.components.manifests import validate
from tests.harness import run


def declare(args=None, **options):
    args = args or workspace()
    return run(lambda: Workspace(f"{args['name']}--{args['project']}", args), **options)


def manifest(args=None):
    return declare(args).one("StatefulSet", "alice").manifest


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(("pool", "profile"), [(cpu_pool(), "small"), (gpu_pool(), "gpu-1")])
def test_stateful_set_is_valid_kubernetes(pool, profile, preview):
    monitor = declare(workspace(pool, profile), preview=preview)

    validate(monitor.one("StatefulSet", "alice").manifest)


def test_one_workspace_is_one_kubernetes_object():
    assert [record.type for record in declare() if record.request.custom] == ["kubernetes:apps/v1:StatefulSet"]


def test_pod_satisfies_the_restricted_profile():
    spec = manifest()["spec"]["template"]["spec"]

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False


def test_every_mount_has_its_volume_and_only_scratch_and_home_are_writable():
    spec = manifest(workspace(data_sets=[{"name": "corpus", "claim": "corpus-v1"}]))["spec"]

    mounts = spec["template"]["spec"]["containers"][0]["volumeMounts"]
    names = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
    names |= {claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]}
    assert {mount["name"] for mount in mounts} == names
    writable = {mount["mountPath"] for mount in mounts if not mount.get("readOnly")}
    assert writable == {"/home/workspace", "/tmp", "/run/user", "/dev/shm"}


def test_data_set_is_mounted_read_only_twice_over():
    spec = manifest(workspace(data_sets=[{"name": "corpus", "claim": "corpus-v1"}]))["spec"]["template"]["spec"]

    volume = next(volume for volume in spec["volumes"] if volume["name"] == "data-0")
    mount = next(mount for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "data-0")
    assert volume["persistentVolumeClaim"] == {"claimName": "corpus-v1", "readOnly": True}
    assert (mount["mountPath"], mount["readOnly"]) == ("/data/corpus", True)


def test_profile_decides_requests_limits_and_shared_memory():
    spec = manifest(workspace(gpu_pool(), "gpu-1"))["spec"]["template"]["spec"]

    resources = spec["containers"][0]["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"] == "64Gi"
    assert resources["limits"]["nvidia.com/gpu"] == "1"
    shared = next(volume for volume in spec["volumes"] if volume["name"] == "shared-memory")
    assert shared["emptyDir"] == {"medium": "Memory", "sizeLimit": "16Gi"}


def test_token_and_keys_are_files_of_this_workspace_only():
    volumes = {volume["name"]: volume for volume in manifest()["spec"]["template"]["spec"]["volumes"]}

    assert volumes["token"]["secret"]["items"] == [{"key": "alice", "path": "token"}]
    assert volumes["ssh-keys"]["configMap"]["items"] == [{"key": "alice", "path": "authorized_keys"}]


def test_no_secret_is_in_the_environment():
    environment = manifest()["spec"]["template"]["spec"]["containers"][0]["env"]

    assert {variable["name"] for variable in environment} == {"HOME", "SLATE_WORKSPACE_HOST"}


def test_awake_workspace_says_nothing_of_replicas():
    record = declare().one("StatefulSet", "alice")

    assert "replicas" not in record.manifest["spec"]
    assert "spec.replicas" in record.request.ignoreChanges


def test_asleep_workspace_starts_at_zero_and_leaves_it_there_to_others():
    record = declare(workspace(state="asleep")).one("StatefulSet", "alice")

    assert record.manifest["spec"]["replicas"] == 0
    assert "spec.replicas" in record.request.ignoreChanges


def test_unknown_state_is_refused():
    with pytest.raises(ValueError, match="unknown state 'paused'; allowed: awake, asleep"):
        declare(workspace(state="paused"))


def test_update_never_restarts_and_deployment_never_waits():
    result = manifest()

    assert result["spec"]["updateStrategy"] == {"type": "OnDelete"}
    assert result["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_home_is_kept_and_bears_its_owner():
    spec = manifest(workspace(storage_class="fast"))["spec"]

    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"]["labels"]["slate.dev/user"] == "alice"
    assert claim["spec"]["storageClassName"] == "fast"


def test_home_grows_in_place_and_the_template_is_left_alone():
    monitor = declare(workspace(home_size="20Gi", grow_home=True))

    patch = monitor.one("PersistentVolumeClaimPatch", "home-alice-0")
    assert patch.manifest["spec"]["resources"]["requests"]["storage"] == "20Gi"
    assert patch.request.retainOnDelete
    assert "spec.volumeClaimTemplates" in monitor.one("StatefulSet", "alice").request.ignoreChanges


def test_selector_never_depends_on_what_can_change():
    before = manifest(workspace())["spec"]["selector"]
    after = manifest(workspace(gpu_pool(), "gpu-1", user="bob", environment="other"))["spec"]["selector"]

    assert before == after


def test_outputs_say_how_to_enter():
    told = {}

    def program():
        made = Workspace("alice--vision", workspace())
        for key in ("host", "ssh", "pod"):
            getattr(made, key).apply(lambda value, key=key: told.update({key: value}))

    run(program)

    assert told == {
        "host": "alice--vision.slate.example.org",
        "ssh": "ssh -p 2222 aiuser@alice--vision.slate.example.org",
        "pod": "alice-0.workspaces.ws-vision.svc",
    }


def test_a_server_that_hangs_is_given_up_after_minutes_and_then_not_waited_for():
    spec = manifest()["spec"]["template"]["spec"]

    liveness = spec["containers"][0]["livenessProbe"]
    assert liveness["periodSeconds"] * liveness["failureThreshold"] == 300
    assert liveness["httpGet"]["path"] == "/api"  # the server's word, not a kernel's
    assert liveness["terminationGracePeriodSeconds"] < spec["terminationGracePeriodSeconds"]


def test_the_longest_start_leaves_the_kubelet_events_for_the_health_check():
    """It tells of a pod in 25 events, and then in one in five minutes; five go to a start without any trouble."""
    startup = manifest()["spec"]["template"]["spec"]["containers"][0]["startupProbe"]

    waits = float(startup["exec"]["command"][-1])
    assert waits * startup["failureThreshold"] == 300
    assert startup["failureThreshold"] <= 25 - 5
    assert startup["timeoutSeconds"] > waits


def test_a_start_is_seen_within_a_second_of_the_container_running():
    """The kubelet's first probe comes before there is a container, and the next one a period later."""
    startup = manifest()["spec"]["template"]["spec"]["containers"][0]["startupProbe"]

    assert startup["periodSeconds"] == 1
