"""The page of single faults is up to date, as far as that can be told without the scanners."""

import re

from tests.policies.faults import FAULTS
from tests.policies.matrix import PAGE, rows


def test_the_page_has_every_fault_with_what_the_rules_say():
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `SLATE-")]

    ours = [re.match(r"(\|(?:[^|]*\|){5})", line) for line in lines]
    assert [match[1].rstrip() for match in ours if match] == rows(None)


def test_no_fault_passes_the_rule_that_is_meant_for_it():
    assert len(FAULTS) > 100
    assert not any(" NO " in row for row in rows(None))
