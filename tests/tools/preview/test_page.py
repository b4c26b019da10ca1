"""The comment as a page, in a real browser: nothing hides, nothing runs, nothing is wider than the screen."""

import pytest
from selenium.webdriver.common.by import By

from tests.browser import accept, browser
from tests.golden.produce import FOLDER
from tests.tools.preview import cases
from tools.preview import comment, web
from tools.preview.analysis import Analysis
from tools.preview.recording import Error, Recording

pytestmark = pytest.mark.browser
PICTURE = "removed-project"
WIDTH, HEIGHT = 1000, 1180


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """A browser for all tests of this file."""
    with browser(tmp_path_factory.mktemp("browser"), width=WIDTH, height=HEIGHT) as started:
        yield started


@pytest.mark.parametrize("name", cases.CASES)
def test_the_page_of_a_case_shows_tables_and_folds_the_differences(driver, tmp_path, name):
    text = (FOLDER / "previews" / f"{name}.md").read_text()
    file = tmp_path / "preview.html"
    file.write_text(web.page(text, name))

    driver.get(file.as_uri())

    assert driver.find_element(By.TAG_NAME, "h3").text.startswith("Slate: preview of stack dev: ")
    assert len(driver.find_elements(By.TAG_NAME, "table")) == text.count("| ---|---")
    for table in driver.find_elements(By.TAG_NAME, "table"):
        columns = len(table.find_elements(By.TAG_NAME, "th"))
        rows = table.find_elements(By.CSS_SELECTOR, "tbody tr")
        assert {len(row.find_elements(By.TAG_NAME, "td")) for row in rows} == {columns}
    folded = driver.find_elements(By.TAG_NAME, "details")
    assert len(folded) == text.count("<details>")
    assert not any(part.get_attribute("open") for part in folded)
    assert driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    if name == PICTURE:
        accept(driver, "preview-comment")


def test_what_a_pull_request_brings_does_not_run_and_is_shown(driver, tmp_path):
    bad = "</pre><script>document.title = 'caught'</script><img src=x onerror=\"document.title = 'caught'\">"
    found = Recording("dev", "preview", errors=(Error("urn:a::b::c::`" + bad, bad),), outcome="failed")
    file = tmp_path / "preview.html"
    file.write_text(web.page(comment.render(found, Analysis()), "a page"))

    driver.get(file.as_uri())

    assert driver.title == "a page"
    assert driver.find_elements(By.CSS_SELECTOR, "script, img") == []
    assert driver.find_element(By.TAG_NAME, "pre").text.strip() == bad
