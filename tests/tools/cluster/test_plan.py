import base64
import datetime
import json
import stat

import pytest
import yaml

from tools.cluster import addons, components, plan, ports
from tools.cluster.layout import Layout
from tools.cluster.plan import Plan

PORTS = {name: 22000 + number for number, name in enumerate(ports.NAMES)}


@pytest.fixture
def layout(tmp_path):
    made = Layout.of(tmp_path / "cluster")
    made.claim()
    made.prepare()
    return made


@pytest.fixture
def binaries(tmp_path):
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in components.NAMES:
        (directory / name).write_text("program")
    return directory


def test_a_plan_is_read_as_it_was_written(layout, binaries):
    planned = Plan(binaries, PORTS, 1234.5, "print")

    planned.write(layout)

    assert Plan.read(layout) == planned


def test_preparing_writes_what_the_components_read_and_says_when_to_renew(layout):
    renew_at = plan.prepare(layout, PORTS)

    for name in ("kube-controller-manager", "kube-scheduler", "kwok"):
        path = layout.component_kubeconfig(name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text())["users"][0]["name"] == f"slate-{name}"
    assert layout.stages.read_text() == plan.stages()
    assert renew_at > datetime.datetime.now(datetime.UTC)


def test_a_kubeconfig_is_self_contained_and_names_the_server(layout):
    plan.prepare(layout, PORTS)

    written = yaml.safe_load(plan.kubeconfig_of(layout, PORTS, "administrator"))

    (cluster,), (user,), (context,) = written["clusters"], written["users"], written["contexts"]
    assert written["current-context"] == context["name"] == "slate-embedded"
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert cluster["cluster"]["server"] == f"https://127.0.0.1:{PORTS['kube-apiserver']}"
    assert base64.b64decode(user["user"]["client-key-data"]) == (layout.pki / "administrator.key").read_bytes()


def test_the_fingerprint_changes_with_programs_ports_and_behaviour(layout, binaries, monkeypatch, tmp_path):
    first = plan.fingerprint(layout, PORTS, binaries)
    again = plan.fingerprint(layout, PORTS, binaries)

    (binaries / "kwok").write_text("another program")
    program = plan.fingerprint(layout, PORTS, binaries)
    (binaries / "kwok").unlink()
    missing = plan.fingerprint(layout, PORTS, binaries)
    moved = plan.fingerprint(layout, {**PORTS, "kwok": 1}, binaries)
    monkeypatch.setattr(plan, "STAGES", tmp_path)
    behaviour = plan.fingerprint(layout, PORTS, binaries)

    assert first == again
    assert len({first, program, missing, moved, behaviour}) == 5


def test_the_stages_are_complete_and_only_patch_what_kwok_may():
    stages = list(yaml.safe_load_all(plan.stages()))
    allowed = {
        (resource, verb)
        for rule in addons.KWOK_ROLE["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    plural = {
        "Node": "nodes",
        "Pod": "pods",
        "PersistentVolumeClaim": "persistentvolumeclaims",
        "PersistentVolume": "persistentvolumes",
    }

    names = [stage["metadata"]["name"] for stage in stages]
    assert len(names) == len(set(names)) >= 14
    for stage in stages:
        resource = plural[stage["spec"]["resourceRef"]["kind"]]
        assert {(resource, "list"), (resource, "watch")} <= allowed
        for step in stage["spec"]["steps"]:
            if "patch" in step:
                assert (f"{resource}/{step['patch']['subresource']}", "patch") in allowed
            if "delete" in step:
                assert (resource, "delete") in allowed


def test_the_volumes_of_the_storage_class_are_those_the_stages_provide():
    assert addons.PROVISIONER in plan.stages()
    assert addons.STORAGE_CLASS["provisioner"] == addons.PROVISIONER
    assert addons.STORAGE_CLASS["allowVolumeExpansion"] is True
