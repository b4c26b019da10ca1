"""A benchmark's own Prometheus."""

import pytest

from tools.bench import measure
from tools.bench.prometheus import Prometheus, processor_seconds


@pytest.mark.rules
@pytest.mark.timeout(120)
def test_a_configuration_that_it_refuses_is_told_with_its_own_words(tmp_path):
    made = Prometheus(tmp_path, retention="1d")

    with pytest.raises(measure.MeasureError, match="field nonsense not found"), made.running({"nonsense": 1}):
        pytest.fail("it runs")

    assert made.metrics() == ""


def test_processor_seconds_are_found_among_its_metrics():
    assert processor_seconds("# TYPE x counter\nprocess_cpu_seconds_total 1.25\nother 3\n") == 1.25
    assert processor_seconds("") is None
