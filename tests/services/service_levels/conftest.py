"""What the tests of this folder share: a cluster for healing, and page and report of a known October."""

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from selenium import webdriver

from components.service_levels import remediator
from services.service_levels.report import cli as report_cli
from services.service_levels.status_page import cli
from tests.browser import browser
from tests.conftest import binaries
from tests.services.service_levels import october
from tests.services.service_levels.recorded import Down, Past, served
from tests.services.service_levels.stage import Stage

NOTE = """---
title: Images could not be pulled
start: 2026-10-21T09:00:00+02:00
end: 2026-10-21T10:00:00+02:00
impact: minor
---
The registry was **full**. <script>alert(1)</script> [more](javascript:alert(1))
"""


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A running cluster with the remediator's account, rights and ledger, as the component declares them."""
    from tools.cluster import Cluster

    folder = tmp_path_factory.mktemp("healing")
    cluster = Cluster(folder / "cluster", binaries())
    cluster.up(lambda _: None)
    try:
        made = Stage(folder / "cluster", folder)
        made.add(
            remediator.service_account(),
            remediator.cluster_role({"image": "unused", "fencing": True}),
            remediator.project_role(),
            remediator.ledger_role(),
            *remediator.bindings(),
            remediator.ledger(),
        )
        made.pool("cpu", 4)
        yield made
    finally:
        cluster.down(delete_data=True)


@pytest.fixture(scope="package")
def past() -> Past:
    found = october.october()
    found.evaluations = october.at(10, 29, 12)
    found.downs.append(Down("ws-vision", "carol", found.evaluations - 2, 2, "ongoing"))
    found.starts.append(("ws-vision", found.evaluations - 3, 12))
    return found


@pytest.fixture(scope="package")
def now(past: Past) -> datetime:
    return datetime.fromtimestamp(past.time(past.evaluations - 1) + 10, UTC)


@pytest.fixture(scope="package")
def prometheus(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(past, tmp_path_factory.mktemp("prometheus")) as url:
        yield url


@pytest.fixture(scope="package")
def folder(prometheus: str, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that was written, and the report beside it."""
    made = tmp_path_factory.mktemp("page")
    window = {"name": "New nodes", "start": "2026-11-07T20:00:00Z", "end": "2026-11-07T22:00:00Z", "announced": None}
    file = october.written(made, maintenance=[*october.contract("UTC")["maintenance"], window])
    (made / "notes").mkdir()
    (made / "notes" / "images.md").write_text(NOTE, encoding="utf-8")
    where = ["--contract", str(file), "--prometheus", prometheus, "--data", str(made / "data")]
    with pytest.MonkeyPatch.context() as patch:
        for module in (cli, report_cli):
            patch.setattr(module, "current_time", lambda: now)
        assert cli.main([*where, "--output", str(made / "page"), "--notes", str(made / "notes")]) == 0
        assert report_cli.main([*where, "--output", str(made / "reports"), "--month", "current"]) == 0
    return made


@pytest.fixture(scope="package")
def site(folder: Path) -> Iterator[str]:
    """The folder behind a web server, as a user finds it."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="package")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One browser for all tests."""
    with browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def driver(opened: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser, as if it were new."""
    opened.get("about:blank")
    yield opened
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
