"""A comment fits its limit: the least important part is shortened first, and the comment says so."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.preview import limits, markdown
from tools.preview.blocks import Code, Document, Items, Section

MARK = "<!-- slate-preview:dev -->"


def write(document):
    return markdown.write(document, MARK)


def section(name, importance, count, length=50):
    return Section(
        name, Items(tuple(((Code(f"{name}{index} " + "x" * length),)) for index in range(count))), importance
    )


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 400)), max_size=5),
    st.integers(limits.LEAST, 20_000),
    st.characters(categories=["L", "So"]),
)
def test_every_comment_fits_and_keeps_its_verdict(parts, limit, char):
    sections = tuple(
        Section(f"part {index}", Items(((Code(char * length),),) * count), index)
        for index, (count, length) in enumerate(parts)
    )

    text = limits.fit(Document(("verdict",), (("reason",),), sections), limit, write)

    assert limits.size(text) <= limit
    assert text.startswith(f"{MARK}\n\n### verdict\n\nreason\n")
    assert all(f"part {index}" in text for index in range(len(sections)))


def test_the_least_important_part_goes_first_from_its_end_and_it_is_said():
    document = Document(("t",), (), (section("big", 9, 100), section("small", 1, 100)))
    whole = limits.size(write(document))

    text = limits.fit(document, whole - 300, write)

    assert text.count("big") == 101
    assert "small0" in text
    assert "small99" not in text
    left = 100 - text.count("`small")
    assert 5 <= left <= 9
    assert f"{left} rows left out" in text


def test_a_long_part_that_matters_leaves_something_of_the_others():
    document = Document(("t",), (), (section("big", 9, 500), section("small", 1, 100)))

    text = limits.fit(document, limits.LEAST, write)

    assert text.count("`small") == limits.KEPT
    assert text.count("`big") > limits.KEPT


def test_what_fits_is_left_as_it_is():
    document = Document(("t",), (), (section("one", 1, 3),))

    assert limits.fit(document, limits.LEAST, write) == write(document)


def test_what_is_left_out_is_counted_in_words_that_fit():
    whole = section("one", 1, 3)

    assert [whole.first(count).remark.partition(":")[0] for count in (1, 2, 3)] == [
        "2 rows left out",
        "1 row left out",
        "",
    ]
