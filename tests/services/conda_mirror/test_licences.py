import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conda_mirror.licences import denied_licence

DENY = ("AGPL-*", "SSPL-1.0")


@pytest.mark.parametrize(
    ("expression", "refused"),
    [
        ("MIT", None),
        ("AGPL-3.0-only", "AGPL-3.0-only"),
        ("agpl-3.0-only", "agpl-3.0-only"),
        ("MIT OR AGPL-3.0-only", None),
        ("AGPL-3.0-only OR SSPL-1.0", "AGPL-3.0-only"),
        ("MIT AND AGPL-3.0-only", "AGPL-3.0-only"),
        ("MIT AND (BSD-3-Clause OR SSPL-1.0)", None),
        ("MIT AND (AGPL-3.0-only OR SSPL-1.0)", "AGPL-3.0-only"),
        ("(MIT OR AGPL-3.0-only) AND SSPL-1.0", "SSPL-1.0"),
        ("AGPL-3.0-only WITH Autoconf-exception-3.0", "AGPL-3.0-only"),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", None),
        ("BSD 3-Clause", None),
        ("", None),
        (None, None),
        # No valid expressions: judged by their licences alone, to be on the safe side.
        ("MIT OR", None),
        ("AGPL-3.0-only OR", "AGPL-3.0-only"),
        ("(MIT OR AGPL-3.0-only", "AGPL-3.0-only"),
    ],
)
def test_expressions(expression: str | None, refused: str | None) -> None:
    assert denied_licence(expression, DENY) == refused


def test_an_empty_list_refuses_nothing() -> None:
    assert denied_licence("AGPL-3.0-only", ()) is None


EXPRESSIONS = st.recursive(
    st.sampled_from(["MIT", "Apache-2.0", "SSPL-1.0", "AGPL-3.0-only"]).map(
        lambda name: (name, name[0] in "MA" and "G" not in name)
    ),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
        lambda parts: (
            f"({parts[0][0]} {parts[1]} {parts[2][0]})",
            (parts[0][1] and parts[2][1]) if parts[1] == "AND" else (parts[0][1] or parts[2][1]),
        )
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_agrees_with_what_the_operators_mean(case: tuple[str, bool]) -> None:
    expression, allowed = case

    assert (denied_licence(expression, DENY) is None) == allowed


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    found = denied_licence(text, DENY)

    assert found is None or found in text
