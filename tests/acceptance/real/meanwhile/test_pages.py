"""Status page and monthly report, written by pods that ask the Prometheus of the machine."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from components import labels, restricted
from components.service_levels.shown import DATA
from tests.acceptance.clone import eventually
from tests.acceptance.real_clone import RealClone

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.rules, pytest.mark.timeout(1500)]

SYSTEM = f"--namespace={labels.SYSTEM_NAMESPACE}"
OBJECTIVES = 4


def kept(clone: RealClone, path: str) -> str:
    """A file of the volume, read by a pod that may only read."""
    job = clone.get("cronjob", "status-page", SYSTEM)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    image = job["containers"][0]["image"]
    container = restricted.container(
        "reader", image, ["cat", f"/kept/{path}"], {"data": "/kept"}, memory="64Mi", cpu="10m", read_only=("data",)
    )
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": DATA}}
    override = {"apiVersion": "v1", "spec": restricted.pod([container], [volume], restartPolicy="Never")}
    clone.kubectl("run", "reader", SYSTEM, f"--image={image}", f"--overrides={json.dumps(override)}")
    try:
        eventually(lambda: clone.get("pod", "reader", SYSTEM)["status"]["phase"] == "Succeeded", f"{path} is read")
        return clone.kubectl("logs", "reader", SYSTEM)
    finally:
        clone.kubectl("delete", "pod", "reader", SYSTEM, "--grace-period=1")


def test_the_status_page_tells_what_was_measured(clone, prometheus):
    eventually(lambda: bool(prometheus.values("fleet:workspaces_available:count")), "something was measured")

    said = clone.run_job("status-page")

    summary = json.loads(kept(clone, "page/summary.json"))
    assert f"{summary['status']['description']}: " in said
    assert summary["status"]["indicator"] != "unknown"  # what nobody sees
    assert len(summary["objectives"]) == OBJECTIVES
    assert datetime.now(UTC) - datetime.fromisoformat(summary["page"]["updated_at"]) < timedelta(minutes=30)
    page = kept(clone, "page/index.html")
    assert page.startswith("<!doctype html>")
    assert [name for name in ("bob", "carol", "vision", "language") if name in page] == []


def test_the_report_of_a_month_without_data_says_so(clone):
    """The month before: nothing of this stack was there yet, and that is not one hundred percent."""
    said = clone.run_job("monthly-report")

    last = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    *indicators, file = said.strip().splitlines()[-OBJECTIVES - 1 :]
    assert file.endswith(f"/{last:%Y-%m}.html")
    assert len(indicators) == OBJECTIVES
    assert all("too little data" in line for line in indicators), said
    assert f"{last:%Y-%m}" in kept(clone, f"reports/{last:%Y-%m}.md")
