"""A stack on the embedded cluster is measured from its first `make up` on.

One story: each test goes on where the one before it ended.
"""

import json
import re
import time

import pytest

from tests.acceptance.clone import Clone, eventually
from tests.tools.cluster.stages.objects import FAULT
from tests.tools.observability.support import Prometheus
from tools.cluster.processes import alive
from tools.observability import Observability

pytestmark = [pytest.mark.cluster, pytest.mark.rules, pytest.mark.timeout(900)]

OBJECTIVES = {"start_success", "cold_start", "availability", "self_healing"}
PROGRAMS = {"kube-state-metrics", "prometheus", "alertmanager", "remediator", "canary", "status-page"}


def observability(clone: Clone) -> Observability:
    return Observability(clone.slate / "observability", clone.slate / "bin", clone.slate / "cluster")


def prometheus(clone: Clone) -> Prometheus:
    return Prometheus(observability(clone).status().prometheus)


def processes(clone: Clone) -> dict[str, int]:
    return {part.name: part.pid for part in observability(clone).status().components}


def pod_uid(clone: Clone) -> str:
    return clone.get("pod", "carol-0", "--namespace", "ws-vision")["metadata"]["uid"]


def test_make_up_starts_what_measures_and_alerts(clone):
    clone.variables["SLATE_OBSERVABILITY"] = "1"
    levels = clone.settings["config"].setdefault("slate:serviceLevels", {})
    levels |= {"prometheus": {"scrapeInterval": "2s"}, "startDeadlineSeconds": 20, "coldStartSeconds": 5}
    levels |= {"cancelledStartSeconds": 5}
    levels |= {"remediation": {"minimumAgeSeconds": 5, "fleetPercentPer10Minutes": 100}}
    clone.write_settings()

    said = clone.run("up")

    assert "Observability: ready after" in said
    assert f"Prometheus at {observability(clone).status().prometheus}" in said
    assert set(processes(clone)) == PROGRAMS
    jobs = {"kube-state-metrics", "prometheus", "alertmanager", "remediator"}
    eventually(lambda: set(prometheus(clone).values("up == 1", "job")) == jobs, "all targets are read")


def test_a_start_is_counted_once(clone):
    good, failed = (f"sum(sum_over_time(fleet:workspace_starts_{what}:count[1h]))" for what in ("good", "failed"))
    eventually(lambda: prometheus(clone).value("fleet:workspaces_available:count") == 5, "all are seen")
    time.sleep(40)  # until the starts that `up` made are judged, as far as they were seen
    before, on = prometheus(clone).value(good), 'namespace_workspace:desired:bool{workspace="bob"}'

    for replicas in (0, 1):
        clone.kubectl("scale", "statefulset", "bob", f"--replicas={replicas}", "--namespace", "ws-vision")
        eventually(lambda wanted=replicas: prometheus(clone).value(on) == wanted, "it is seen to be off or on")
    eventually(lambda: prometheus(clone).value(good) != before, "the start is judged")

    assert before is not None
    assert prometheus(clone).value(good) == before + 1
    assert prometheus(clone).value(failed) == 0


def test_a_second_up_changes_nothing(clone):
    before = processes(clone)

    said = clone.run("up")

    assert "Observability:" not in said
    assert processes(clone) == before


def test_a_changed_objective_is_read_without_a_restart(clone):
    before = processes(clone)
    clone.settings["config"]["slate:serviceLevels"]["availability"] = 99.95
    clone.write_settings()

    said = clone.run("up")

    assert "Observability: prometheus has read the new rules" in said
    # They are what is evaluated from now on; what is evaluated every five minutes is not waited for.
    groups = prometheus(clone).ask("rules", type="record")["groups"]
    objectives = [rule for group in groups for rule in group["rules"] if rule["name"] == "slo:objective:ratio"]
    assert {rule["labels"]["slo"]: rule["query"] for rule in objectives}["availability"] == "vector(0.9995)"
    assert {name: pid for name, pid in processes(clone).items() if name in ("prometheus", "kube-state-metrics")} == {
        name: before[name] for name in ("prometheus", "kube-state-metrics")
    }


def test_status_prints_the_four_numbers_and_writes_page_and_report(clone):
    said = clone.run("status")

    pages = clone.slate / "observability" / "pages"
    summary = json.loads((pages / "summary.json").read_text())
    assert {objective["id"] for objective in summary["objectives"]} == OBJECTIVES
    for objective in summary["objectives"]:
        text = objective["text"].replace("\xa0", " ")  # a terminal needs no spaces that keep a line together
        assert re.search(rf"^  {re.escape(objective['name'])} +{re.escape(text)}$", said, re.MULTILINE)
    assert (pages / "index.html").exists()
    assert list(pages.glob("????-??.html"))
    assert "Observability: running" in said


def test_a_workspace_that_is_down_gets_a_new_pod(clone):
    old = pod_uid(clone)

    clone.kubectl("label", "pod", "carol-0", "--namespace", "ws-vision", f"{FAULT}=unready")

    eventually(lambda: pod_uid(clone) != old, "there is another pod", 500)
    done = 'sum(slate_remediations_total{action="restart-pod",result="done"})'
    eventually(lambda: prometheus(clone).value(done) == 1, "the remediator says what it did")


def test_nothing_runs_any_more_after_down(clone):
    running = processes(clone)

    clone.run("down")

    assert observability(clone).status().state == "stopped"
    assert not [name for name, pid in running.items() if alive(pid)]
