"""Every alert leads to a page that says what to do."""

import re

from components.service_levels.rules import groups
from tests.harness import ROOT
from tests.rules.declared import declared

RUNBOOKS = ROOT / "docs/runbooks"


def alerts(**given):
    return [rule for group in groups(declared(**given)) for rule in group["rules"] if "alert" in rule]


def test_every_alert_has_its_page_and_every_page_its_alert():
    pages = {page.stem for page in RUNBOOKS.glob("*.md")}

    assert pages == {alert["alert"] for alert in alerts()}


def test_alerts_link_to_the_file_or_to_where_it_is_published():
    for alert in alerts():
        assert (ROOT / alert["annotations"]["runbook_url"]).is_file()
    base = "https://git.example.org/slate/docs/runbooks"
    for alert in alerts(alerting={"runbookBaseUrl": f"{base}/"}):
        assert alert["annotations"]["runbook_url"] == f"{base}/{alert['alert']}.md"


def test_every_page_says_who_is_told_where_to_look_and_what_to_do():
    for page in RUNBOOKS.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.stem}\n")
        assert all(part in text for part in ("**Told:**", "**Ends:**", "## Look\n", "## Do\n")), page.name
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (RUNBOOKS / link).is_file(), f"{page.name}: {link}"


def test_every_alert_is_in_the_table_of_the_page_on_service_levels():
    page = (ROOT / "docs/service-levels.md").read_text(encoding="utf-8")

    assert all(f"| [{alert['alert']}](runbooks/{alert['alert']}.md) |" in page for alert in alerts())


def test_every_alert_says_in_a_sentence_what_is_wrong_and_has_a_severity():
    for alert in alerts():
        assert alert["annotations"]["summary"].endswith(".")
        assert "$labels" not in alert["annotations"]["summary"]
        assert alert["labels"]["severity"] in ("critical", "warning", "info")
        assert alert["labels"]["service"] == "workspace"
