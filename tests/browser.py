"""A real browser without a window, driven by Selenium."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException

from tests.conftest import binaries
from tools.paths import ROOT

WIDTH, HEIGHT = 1440, 900


@contextmanager
def browser(
    folder: Path, *, trusted: Sequence[str] = (), width: int = WIDTH, height: int = HEIGHT
) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own, for the length of a `with`; it notes what it asks for, see `messages`.

    Args:
        folder: Where its profile goes.
        trusted: Public keys that certificates of unknown authorities may come from, base64 of their SHA-256.
        width: Of the page, in pixels.
        height: Of the page, in pixels.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = str(binaries() / "chromium")
    arguments = [
        "--headless=new",
        "--no-sandbox",  # which root has no use for
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--no-proxy-server",
        "--disable-background-networking",
        "--lang=en",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},{height}",
    ]
    if trusted:
        arguments.append(f"--ignore-certificate-errors-spki-list={','.join(trusted)}")
    for argument in arguments:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    service = webdriver.ChromeService(
        executable_path=str(binaries() / "chromedriver"), log_output=str(folder / "chromedriver.log")
    )
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_page_load_timeout(120)
        yield driver
    finally:
        with suppress(WebDriverException):
            driver.save_screenshot(str(folder / "last.png"))  # to see why a test has failed
        driver.quit()


def messages(driver: webdriver.Chrome, *methods: str) -> list[dict[str, Any]]:
    """What the browser noted since the last call: parameters of events of its debugging protocol, of some methods."""
    events = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [event["params"] for event in events if event["method"] in methods]


def accept(driver: webdriver.Chrome, name: str) -> None:
    """Take a picture of the page for the documentation (docs/images/<name>.png), if SLATE_PICTURES=1 asks for it."""
    if os.environ.get("SLATE_PICTURES") == "1":
        folder = ROOT / "docs" / "images"
        folder.mkdir(exist_ok=True)
        assert driver.save_screenshot(str(folder / f"{name}.png"))
