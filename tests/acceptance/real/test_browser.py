"""What a user sees: a real browser logs in with the token, opens JupyterLab and runs a cell."""

import hashlib
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.acceptance.jupyter import Jupyter
from tests.acceptance.real_clone import HOST, RealClone
from tests.browser import accept, browser, messages

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.browser, pytest.mark.timeout(1500)]

PATIENCE = 60  # seconds; only so that a page that never comes does not hang the tests
CELL = (
    "import numpy as np\n"
    "samples = np.random.default_rng(7).normal(size=(1000, 3))\n"
    "print('NumPy', np.__version__)\n"
    "np.round(np.cov(samples.T), 3)"
)


@pytest.fixture
def newcomer(clone: RealClone) -> Iterator[None]:
    """Bob opens JupyterLab for the first time: no notebook, no layout of an earlier visit; nothing of his stays."""
    forget = ("rm", "-rf", "/home/workspace/.jupyter", "/home/workspace/Untitled.ipynb")
    clone.inside(*forget)
    yield
    for kernel in clone.jupyter().ask("/api/kernels").json():
        clone.jupyter().stop_kernel(kernel["id"])
    clone.inside(*forget)


@pytest.fixture
def driver(clone: RealClone, tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser that trusts the clone's authority; it has the key of the one that signs for it."""
    signer = clone.node.layout.certificate_authority.with_name("intermediate.crt")
    key = x509.load_pem_x509_certificate(signer.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    with browser(tmp_path, trusted=[b64encode(digest).decode()]) as opened:
        yield opened


def seen(driver: webdriver.Chrome, selector: str) -> WebElement:
    """The first element that a selector finds and that is shown, once there is one."""

    def shown(_: webdriver.Chrome) -> WebElement | None:
        return next((item for item in driver.find_elements(By.CSS_SELECTOR, selector) if item.is_displayed()), None)

    found = WebDriverWait(driver, PATIENCE).until(shown, f"there is no {selector} on {driver.current_url}")
    assert found is not None
    return found


def has_kernel(jupyter: Jupyter) -> bool:
    """Whether the notebook has its kernel; JupyterLab starts two now and then, and gives the first one up."""
    return [(item["execution_state"], item["connections"]) for item in jupyter.ask("/api/kernels").json()] == [
        ("idle", 1)
    ]


@pytest.mark.usefixtures("newcomer")
def test_a_user_logs_in_opens_jupyterlab_and_runs_a_numpy_cell(clone, driver):
    token = clone.token("bob", "vision")
    origin = f"https://{HOST}:{clone.door}"

    driver.get(f"{origin}/")
    seen(driver, "input[name=password]").send_keys(token, Keys.ENTER)
    launcher = seen(driver, ".jp-LauncherCard[data-category=Notebook]")
    assert driver.current_url.startswith(f"{origin}/lab")
    launcher.click()
    editor = seen(driver, ".jp-Notebook .jp-CodeCell .cm-content")
    WebDriverWait(driver, PATIENCE).until(lambda _: has_kernel(clone.jupyter()))
    editor.click()
    driver.execute_script("document.execCommand('insertText', false, arguments[0])", CELL)
    editor.send_keys(Keys.SHIFT, Keys.ENTER)
    result = seen(driver, ".jp-OutputArea-executeResult .jp-OutputArea-output").text
    printed = seen(driver, ".jp-OutputArea-output").text

    assert printed.startswith("NumPy ")
    assert result.startswith("array([[")
    assert result.count("],") == 2
    time.sleep(1)  # for the picture only: what still moves
    accept(driver, "jupyterlab")
    asked = messages(driver, "Network.requestWillBeSent", "Network.webSocketCreated")
    addresses = [event["request"]["url"] if "request" in event else event["url"] for event in asked]
    assert any(address.startswith(f"wss://{HOST}:{clone.door}/api/kernels/") for address in addresses)
    assert [address for address in addresses if token in address] == []
    assert token not in driver.current_url
    # All comes from the workspace itself: nothing is asked of the internet.
    hosts = {address.split("/")[2] for address in addresses if address.startswith(("http", "ws"))}
    assert hosts == {f"{HOST}:{clone.door}"}
    assert driver.execute_script("return document.cookie").count("username-") == 0  # scripts cannot read the login
    errors = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []


def test_a_wrong_token_leaves_the_user_at_the_form(clone, driver):
    driver.get(f"https://{HOST}:{clone.door}/lab")

    seen(driver, "input[name=password]").send_keys(clone.token("carol", "vision"), Keys.ENTER)

    assert "Invalid credentials" in seen(driver, ".message").text
    assert seen(driver, "input[name=password]")
    assert "/login" in driver.current_url
