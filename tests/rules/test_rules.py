"""The rules do what the promises say, on the time lines of users, for the default numbers and for others."""

from pathlib import Path

import pytest

from components.service_levels.promise import Promise
from components.service_levels.rules import groups
from tests.conftest import binaries
from tests.rules.cases import cases
from tests.rules.declared import VARIANTS
from tests.rules.promtool import run
from tests.rules.timeline import Case

pytestmark = pytest.mark.rules

CASES = [
    pytest.param(variant, case, id=f"{variant}-{case.name}")
    for variant, declared in VARIANTS.items()
    for case in cases(Promise.of(declared()))
]


@pytest.mark.parametrize(("variant", "case"), CASES)
def test_a_time_line_comes_out_as_it_must(tmp_path: Path, variant: str, case: Case):
    wrong = run(binaries() / "promtool", tmp_path, groups(VARIANTS[variant]()), [case])

    assert wrong == ""
