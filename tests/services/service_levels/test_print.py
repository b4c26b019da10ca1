"""Page and report on paper: A4, nothing cut off, nothing that is of no use there, readable in black and white."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from selenium import webdriver

from tests.services.service_levels.test_browser import BOTH, PAGE, REPORT

pytestmark = [pytest.mark.rules, pytest.mark.browser, pytest.mark.timeout(600)]

A4 = (595, 842)
"""In points, as all lengths of a PDF."""
MARGIN = 30
HEADINGS = {
    PAGE: ["Components", "October 2026 so far", "Incidents", "Maintenance", "What the numbers mean"],
    REPORT: ["All projects", "Projects", "Outages", "Maintenance", "What the numbers mean", "How to compute it again"],
}


@pytest.fixture(scope="module")
def printed(opened: webdriver.Chrome, site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """What a user gets who prints with the browser's own settings, which leave backgrounds out."""
    folder, made = tmp_path_factory.mktemp("paper"), {}
    for name in (PAGE, REPORT):
        opened.get(f"{site}/{name}")
        answer = opened.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        file = folder / f"{Path(name).stem}.pdf"
        file.write_bytes(base64.b64decode(answer["data"]))
        made[name] = pypdfium2.PdfDocument(file)
    yield made
    for document in made.values():
        document.close()


def text(document: pypdfium2.PdfDocument) -> str:
    """All text, with each space one space."""
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


@BOTH
def test_it_is_a4_and_no_page_is_empty(printed: dict, name: str) -> None:
    document = printed[name]

    assert {tuple(round(length) for length in page.get_size()) for page in document} == {A4}
    assert all(len(page.get_textpage().get_text_range().strip()) > 100 for page in document)
    assert len(document) <= 8


@BOTH
def test_all_text_is_within_the_margins(printed: dict, name: str) -> None:
    outside = []
    for number, page in enumerate(printed[name], 1):
        words = page.get_textpage()
        for index in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(index)
            if left < MARGIN or right > A4[0] - MARGIN or bottom < MARGIN or top > A4[1] - MARGIN:
                outside.append((number, words.get_text_bounded(left, bottom, right, top)))

    assert outside == []


@BOTH
def test_everything_is_there_but_what_is_for_the_screen(printed: dict, opened, site: str, name: str) -> None:
    said = text(printed[name])
    opened.get(f"{site}/{name}")
    shown = opened.execute_script(
        "return [...document.querySelectorAll('h1, h2, h3, h4, td, th, dd, .big')].filter((it) =>"
        " it.checkVisibility() && !it.closest('details')).map((it) => it.innerText)"
    )

    assert [heading for heading in HEADINGS[name] if heading not in said] == []
    squeezed = "".join(said.split())  # where a line is broken is the printer's business
    assert [words for words in shown if "".join(words.split()) not in squeezed] == []
    assert [words for words in ("Skip to the content", "Outages (CSV)", "summary.json") if words in said] == []


@BOTH
def test_no_heading_is_the_last_line_of_a_page(printed: dict, name: str) -> None:
    lines = [page.get_textpage().get_text_range().split("\n") for page in printed[name]]
    last = [[line.strip() for line in page if line.strip()][-1] for page in lines]

    assert [line for line in last if line in HEADINGS[name]] == []


@BOTH
def test_ink_is_dark_on_white(printed: dict, name: str) -> None:
    picture = printed[name][0].render(scale=1, grayscale=True)
    pixels = bytes(picture.buffer)
    corners = pixels[: picture.width // 2]

    assert set(corners) == {255}
    assert min(pixels) < 60  # text
    assert sum(value > 250 for value in pixels) > 0.7 * len(pixels)
