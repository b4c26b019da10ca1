"""The canary as it is declared: from a user's components, with a key of its own, and no more rights than it needs."""

import base64
from typing import Any, cast

from cryptography.hazmat.primitives import serialization

from components.service_levels.canary import Canary, CanaryArgs, public_line, secret_files
from services.service_levels.canary.cli import parser
from tests.components.examples import IMAGE, workspace
from tests.components.manifests import check_restricted, pod_specs, validate
from tests.harness import SECRET_SIGNATURE, TOKEN_SECRET, run

QUOTA = {"cpu": "1", "memory": "4Gi", "ephemeral_storage": "10Gi", "storage": "1Gi", "workspaces": 1}


def declared(**changes: Any):
    own = dict(workspace(name="canary", project="slate-canary", user="canary", host="canary--slate-canary.example.org"))
    del own["namespace"]
    args = {"every_minutes": 10, "image": IMAGE, "token_secret": TOKEN_SECRET, "quota": QUOTA, "workspace": own}
    return run(lambda: Canary("canary", cast(CanaryArgs, args | changes)))


def job(monitor) -> dict[str, Any]:
    return monitor.one("CronJob", "canary").manifest["spec"]


def test_every_object_is_valid_and_the_jobs_pod_restricted():
    monitor = declared()

    for record in monitor.objects:
        validate(record.manifest)
    (pod,) = pod_specs(monitor.one("CronJob", "canary").manifest)
    check_restricted(pod)
    assert pod["securityContext"]["runAsUser"] == 65532


def test_the_workspace_is_in_a_namespace_of_its_own_and_asleep():
    found = declared().one("StatefulSet", "canary").manifest

    assert found["metadata"]["namespace"] == "slate-canary"
    assert found["spec"]["replicas"] == 0


def test_the_program_reads_its_command_as_it_is_declared():
    (pod,) = pod_specs(declared(start_deadline_seconds=200).one("CronJob", "canary").manifest)
    given = pod["containers"][0]["command"]

    assert given[:4] == ["python", "-m", "services.service_levels", "canary"]
    options = parser().parse_args(given[4:])
    assert (options.namespace, options.workspace, options.start_deadline_seconds) == ("slate-canary", "canary", 200)
    assert not options.simulated
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert {str(options.workspace_token), str(options.ssh_key)} == {
        f"{mounts['canary']}/token",
        f"{mounts['canary']}/ssh-key",
    }


def test_rounds_neither_overlap_nor_repeat():
    spec = job(declared(every_minutes=15))

    assert (spec["schedule"], spec["concurrencyPolicy"]) == ("*/15 * * * *", "Forbid")
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 900
    assert job(declared(every_minutes=60))["schedule"] == "0 * * * *"
    assert job(declared(at_rest=True))["suspend"] is True


def test_it_may_only_wake_its_own_workspace():
    rules = declared().one("Role", "canary").manifest["rules"]

    assert {(tuple(rule["resources"]), tuple(rule["resourceNames"]), tuple(rule["verbs"])) for rule in rules} == {
        (("statefulsets/scale",), ("canary",), ("patch",)),
        (("pods",), ("canary-0",), ("get",)),
    }


def test_its_key_fits_stays_the_same_and_is_no_plain_input():
    files = {name: base64.b64decode(text) for name, text in secret_files(TOKEN_SECRET).items()}
    monitor = declared()

    key = serialization.load_ssh_private_key(files["ssh-key"], None)
    form = serialization.PublicFormat.OpenSSH
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, form).decode()
    assert public_line(TOKEN_SECRET) == f"{line} canary"
    assert secret_files(TOKEN_SECRET) == secret_files(TOKEN_SECRET)
    assert secret_files("another" * 8)["ssh-key"] != secret_files(TOKEN_SECRET)["ssh-key"]
    assert SECRET_SIGNATURE in str(monitor.one("Secret", "canary").inputs["data"])
    keys = monitor.one("ConfigMap", "workspace-ssh-keys").manifest["data"]
    assert keys == {"canary": f"{line} canary\n"}


def test_its_token_opens_its_own_workspace():
    monitor = declared()

    tokens = monitor.one("Secret", "workspace-tokens").manifest["data"]
    assert tokens["canary"] == monitor.one("Secret", "canary").manifest["data"]["token"]
