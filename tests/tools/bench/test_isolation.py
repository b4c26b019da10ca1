"""The isolation benchmark's own arithmetic, on made-up figures."""

import json
import os
from types import SimpleNamespace
from typing import Any

import pytest

from tools.bench import isolation, measure

BURNED = [isolation.Burned(cores=float(os.cpu_count() or 1), megabytes=4000)]


@pytest.mark.parametrize(("text", "value"), [("4096Mi", 4 << 30), ("1.5Gi", 3 << 29), ("64Ki", 65536), ("1000", 1000)])
def test_quantities_of_memory_are_bytes(text, value):
    assert isolation.quantity(text) == value


@pytest.mark.parametrize(("burning", "met"), [([0.01, 0.02, 0.9], True), ([0.01, 0.021, 0.03], False)])
def test_the_median_is_judged_and_the_worst_is_shown(burning, met):
    line = json.loads(isolation.verdict([0.01, 0.01, 0.01], burning, BURNED, 0.5))

    assert line["met"] is met
    assert line["value"] == pytest.approx(burning[1] * 1000)
    assert line["ratio"] == pytest.approx(burning[1] / 0.01)
    assert line["milliseconds"]["burning"]["p95"] > line["milliseconds"]["burning"]["median"]
    assert line["burned_megabytes"] == 4000


def test_a_neighbour_that_hardly_burned_proves_nothing():
    idle = [isolation.Burned(cores=0.1, megabytes=4000)]

    line = json.loads(isolation.verdict([0.01, 0.01], [0.01, 0.01], idle, 0.5))

    assert line["met"] is False


def test_a_look_asks_for_every_page_and_takes_no_error_for_an_answer():
    asked: list[str] = []

    def get(path: str, **_: object) -> tuple[int, bytes]:
        asked.append(path)
        return (200 if len(asked) < len(isolation.PAGES) else 502), b""

    door: Any = SimpleNamespace(get=get)

    with pytest.raises(measure.MeasureError, match=r"/api/terminals was answered with 502"):
        isolation.look(door)
    assert asked == list(isolation.PAGES)
