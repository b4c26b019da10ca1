"""Which licences a list of denied ones refuses: in the build of images as in the mirror."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.workspace_images.licences import passes, refused
from services.conda_mirror.licences import denied_licence

DENIED = ["AGPL-*", "gpl-2.0-only", "BSD 3-Clause"]
TABLE = [
    ("MIT", True),
    ("AGPL-3.0-only", False),
    ("agpl-3.0-or-later", False),
    ("GPL-2.0-only", False),
    ("GPL-2.0-or-later", True),
    ("MIT OR AGPL-3.0-only", True),
    ("AGPL-3.0-only OR MIT", True),
    ("AGPL-3.0-only OR GPL-2.0-only", False),
    ("AGPL-3.0-only OR GPL-2.0-only OR MIT", True),
    ("MIT AND AGPL-3.0-only", False),
    ("MIT AND Apache-2.0", True),
    ("MIT OR Apache-2.0 AND AGPL-3.0-only", True),  # AND binds more tightly
    ("(MIT OR Apache-2.0) AND AGPL-3.0-only", False),
    ("(MIT OR AGPL-3.0-only) AND Apache-2.0", True),
    ("((AGPL-3.0-only))", False),
    ("GPL-2.0-only WITH Classpath-exception-2.0", False),
    ("Apache-2.0 WITH LLVM-exception AND AGPL-3.0-only", False),
    ("Apache-2.0 WITH LLVM-exception OR AGPL-3.0-only", True),
    ("MIT WITH", True),
    ("BSD 3-Clause", False),
    ("BSD 3-Clause AND MIT", False),
    ("BSD 2-Clause", True),
    ("Public Domain, see the file LICENSE", True),
    ("MIT OR", True),
    ("AGPL-3.0-only OR", False),
    ("(MIT OR AGPL-3.0-only", False),
    ("MIT) OR AGPL-3.0-only", False),
    ("AND", True),
    ("agpl-3.0-only or MIT", False),  # operators are in capitals: this is no expression
    ("", True),
    (" ", True),
]
WORDS = ["MIT", "AGPL-3.0-only", "GPL-2.0-only", "BSD", "3-Clause", "AND", "OR", "or", "WITH", "(", ")"]


@pytest.mark.parametrize(("expression", "expected"), TABLE)
def test_build_and_mirror_give_the_same_answer(expression, expected):
    assert passes(expression, DENIED) is expected
    assert (denied_licence(expression, DENIED) is None) is expected


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_build_and_mirror_agree_on_any_sequence_of_words(expression):
    assert passes(expression, DENIED) is (denied_licence(expression, DENIED) is None)


def test_a_bill_names_the_packages_that_cannot_be_used():
    choices = {
        "choice": [{"expression": "MIT OR AGPL-3.0-only"}],
        "both": [{"expression": "MIT AND AGPL-3.0-only"}],
        "name": [{"license": {"name": "BSD 3-Clause"}}],
        "second": [{"license": {"id": "MIT"}}, {"license": {"id": "AGPL-3.0-only"}}],
        "silent": [],
    }
    components = [{"name": name, "version": "1", "licenses": given} for name, given in choices.items()]
    bill = json.dumps({"components": [*components, {}]}).encode()

    assert refused(bill, DENIED) == [
        "both 1 (MIT AND AGPL-3.0-only)",
        "name 1 (BSD 3-Clause)",
        "second 1 (AGPL-3.0-only)",
    ]
    assert refused(bill, []) == []
