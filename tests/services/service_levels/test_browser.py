"""Page and report in a real browser: on a phone, by keyboard, in the dark, without colour, and out of date."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import messages

pytestmark = [pytest.mark.rules, pytest.mark.browser, pytest.mark.timeout(600)]

PAGE, REPORT = "page/index.html", "reports/2026-10.html"
BOTH = pytest.mark.parametrize("name", [PAGE, REPORT])
PATIENCE = 60
STEPS = 200
"""More than there are things to tab to."""

# The clock of the page, in milliseconds, and timers that do not wait half a minute.
CLOCK = """
window.clock = %d;
Date.now = () => window.clock;
const every = window.setInterval;
window.setInterval = (what) => every(what, 20);
"""
FOCUS = """
const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
return {tag: it.tagName, outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        seen: box.width > 0 && box.left >= 0 && box.top >= 0 && box.bottom <= innerHeight + 1,
        number: [...document.querySelectorAll("*")].indexOf(it)};
"""
# WCAG 2.2, 1.4.3 and its definition of relative luminance.
FAINT = """
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (rgb) => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]);
const behind = (it) => {
  for (; it; it = it.parentElement) {
    const color = numbers(getComputedStyle(it).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color;
  }
  return [255, 255, 255];
};
const found = [];
for (const it of document.querySelectorAll("body *")) {
  const own = [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!own || it.closest("svg, script, noscript") || !it.checkVisibility()) continue;
  const [one, two] = [light(numbers(getComputedStyle(it).color)), light(behind(it))].sort((a, b) => b - a);
  const ratio = (one + 0.05) / (two + 0.05);
  if (ratio < 4.5) found.push(`${it.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
}
return found;
"""
SHAPES = """
return [...document.querySelectorAll(".legend li")].map((line) => [...line.querySelectorAll("rect")].map(
  (part) => part.getAttribute("y") + "+" + part.getAttribute("height")).join(" "));
"""


@pytest.fixture
def clock(driver: webdriver.Chrome, now: datetime) -> Iterator[int]:
    """The page is opened one minute after it was written; the time, in milliseconds."""
    time = int(now.timestamp() + 60) * 1000
    script: Any = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK % time})
    yield time
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


@BOTH
def test_nothing_is_asked_for_but_the_page_itself(driver: webdriver.Chrome, site: str, name: str) -> None:
    messages(driver)  # what was before
    driver.get_log("browser")

    driver.get(f"{site}/{name}")
    driver.execute_script("for (const one of document.querySelectorAll('details')) one.open = true;")

    asked = [event["request"]["url"] for event in messages(driver, "Network.requestWillBeSent")]
    assert [url for url in asked if urlsplit(url).path != "/favicon.ico"] == [f"{site}/{name}"]
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked} == {site}
    complaints = [entry["message"] for entry in driver.get_log("browser") if "favicon.ico" not in entry["message"]]
    assert complaints == []


@BOTH
@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_phone_shows_it_without_scrolling_sideways(
    driver: webdriver.Chrome, site: str, name: str, width: int
) -> None:
    phone = {"width": width, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    driver.get(f"{site}/{name}")
    driver.execute_script("for (const one of document.querySelectorAll('details')) one.open = true;")

    assert driver.execute_script("return [innerWidth, document.scrollingElement.scrollWidth]") == [width, width]
    # Tables scroll in themselves; everything else, their captions too, is within the page.
    beyond = driver.execute_script(
        "return [...document.querySelectorAll('body *:not(.skip)')].filter((it) =>"
        " (it.closest('caption') || !it.closest('table'))"
        " && it.getBoundingClientRect().right > innerWidth + 1).map((it) => it.outerHTML.slice(0, 80))"
    )
    assert beyond == []


@BOTH
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    driver: webdriver.Chrome, site: str, name: str
) -> None:
    driver.get(f"{site}/{name}")
    there = driver.execute_script(
        "return [...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')].filter((it) =>"
        " it.checkVisibility()).map((it) => [...document.querySelectorAll('*')].indexOf(it))"
    )

    visited = []
    for _ in range(STEPS):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        focus = driver.execute_script(FOCUS)
        if focus["tag"] == "BODY" or focus["number"] in visited:
            break
        assert focus["outline"] >= 2, focus
        assert focus["seen"], focus
        visited.append(focus["number"])

    assert visited == there
    assert len(visited) > 3


@BOTH
def test_the_first_link_skips_to_the_content(driver: webdriver.Chrome, site: str, name: str) -> None:
    driver.get(f"{site}/{name}")

    ActionChains(driver).send_keys(Keys.TAB).perform()
    assert driver.execute_script("return document.activeElement.textContent") == "Skip to the content"
    ActionChains(driver).send_keys(Keys.ENTER).perform()
    ActionChains(driver).send_keys(Keys.TAB).perform()

    assert driver.execute_script("return document.querySelector('main').contains(document.activeElement)")


def test_the_keyboard_opens_the_list_of_a_bars_days(driver: webdriver.Chrome, site: str) -> None:
    driver.get(f"{site}/{PAGE}")
    days = driver.find_element(By.CSS_SELECTOR, ".component details")
    assert not days.find_element(By.TAG_NAME, "ul").is_displayed()

    days.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)

    assert "21 Oct: " in days.find_element(By.TAG_NAME, "ul").text or "20 Oct: " in days.text


def test_a_page_becomes_stale_while_it_is_open(driver: webdriver.Chrome, site: str, clock: int) -> None:
    driver.get(f"{site}/{PAGE}")
    stale, headline = driver.find_element(By.ID, "stale"), driver.find_element(By.TAG_NAME, "h1")
    assert not stale.is_displayed()
    assert driver.find_element(By.ID, "age").text == ", 1 minute ago"
    current = (
        headline.size["width"],
        driver.execute_script("return getComputedStyle(document.querySelector('h1'), '::before').content"),
    )
    assert current[1] == "none"

    driver.execute_script("window.clock = arguments[0]", clock + 15 * 60 * 1000)
    WebDriverWait(driver, PATIENCE).until(lambda _: stale.is_displayed(), "it is not said to be stale")

    assert "This page is out of date. It was written 16 minutes ago" in stale.text
    assert stale.get_attribute("role") == "status"  # so that it is read out
    before = driver.execute_script("return getComputedStyle(document.querySelector('h1'), '::before').content")
    assert before == '"Last known: "'

    driver.execute_script("window.clock = arguments[0]", clock)
    WebDriverWait(driver, PATIENCE).until(lambda _: not stale.is_displayed(), "the clock was set right")


@BOTH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(driver: webdriver.Chrome, site: str, name: str, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    driver.get(f"{site}/{name}")
    dark = driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 30)"

    assert dark == (scheme == "dark")
    assert driver.execute_script(FAINT) == []


def test_bars_differ_without_colour(driver: webdriver.Chrome, site: str) -> None:
    driver.get(f"{site}/{PAGE}")

    shapes = driver.execute_script(SHAPES)

    assert len(shapes) == 5
    assert len(set(shapes)) == 5
