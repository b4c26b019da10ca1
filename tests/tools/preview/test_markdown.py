"""No text can break out of its place in a comment: parsed again, it is what it was, and nothing else is there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tools.preview.blocks import Code, Document, Items, Listing, Listings, Section, Strong, Table
from tools.preview.markdown import JOINER, visible, write

HOSTILE = st.sampled_from(
    [
        "a|b",
        "\\|",
        "``",
        "```\n</details>",
        "<script>alert(1)</script>",
        "<!-- slate-preview:dev -->",
        "![x](http://evil.example/x.png)",
        "[x](https://evil.example)",
        "https://evil.example www.evil.example",
        "@everyone fixes #1 !2 owner/name#3 GH-4",
        "/close",
        "</td></tr></table>",
        "**x** _y_ ~~z~~ $a$",
        "&lt;b&gt;",
        "- a",
        "1. a",
        "# a",
        "a\u202eb\u200bc\x00d\x1b[31m",
        "\r\n\n| --- |",
    ]
)
TEXTS = st.text(max_size=40) | HOSTILE | st.lists(HOSTILE, max_size=3).map(" ".join)
MARK = "<!-- slate-preview:dev -->"


def parsed(text):
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def shown(token):
    """The text of a piece as a browser shows it, without the joiners; only what the comment is made of may be in it."""
    found = ""
    for child in token.children or ():
        assert child.type in ("text", "code_inline", "text_special", "strong_open", "strong_close"), child
        found += child.content
    return found.replace(JOINER, "")


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4))
def test_a_table_keeps_its_cells_whatever_is_in_them(rows):
    table = Table(("a", "b", "c"), tuple(((Code(x),), (y,), (Strong(z), ": ", Code(x))) for x, y, z in rows))

    tokens = parsed(write(Document(("t",), (), (Section("s", table, 1),)), MARK))

    inside = [token for token, before in zip(tokens[1:], tokens, strict=False) if before.type == "td_open"]
    assert len(inside) == 3 * len(rows)
    for (x, y, z), cells in zip(rows, zip(*[iter(inside)] * 3, strict=True), strict=True):
        first, second, third = (shown(token) for token in cells)
        assert first == (visible(x) or "(empty)")
        assert second == visible(y)
        if visible(z):
            assert third == f"{visible(z)}: {visible(x) or '(empty)'}"
    assert [token.content.strip() for token in tokens if token.type == "html_block"] == [MARK]


@given(TEXTS, TEXTS, st.text(max_size=200) | HOSTILE)
def test_lists_and_blocks_end_where_they_should(first, heading, text):
    sections = (
        Section("s", Items(((first,), (Code(first),))), 1),
        Section("d", Listings((Listing((heading,), text, "diff"),)), 1, folded=True),
    )

    tokens = parsed(write(Document((first,), ((heading,),), sections), MARK))

    (block,) = [token for token in tokens if token.type == "fence"]
    shifted = [line[1:] if line.startswith(" /") else line for line in block.content.splitlines()]
    assert shifted == [
        line[1:] if line.startswith(" /") else line for line in (visible(x, spaces=True) for x in text.splitlines())
    ]
    assert [token.type for token in tokens].count("list_item_open") == 2
    assert [token.content.split("\n")[0] for token in tokens if token.type == "html_block"] == [
        MARK,
        "<details>",
        "</details>",
    ]
    for token in tokens:
        if token.type == "inline":
            shown(token)


@pytest.mark.parametrize(
    "text",
    ["@octocat", "fixes #12", "!34", "~bug", "%milestone", "owner/name#5", "GH-6", "https://evil.example", "www.x.y"],
)
def test_nothing_outside_of_code_is_a_mention_a_reference_or_a_link(text):
    (token,) = [token for token in parsed(write(Document((text,), (), ()), MARK)) if token.type == "inline"]
    written = "".join(child.content for child in token.children or ())

    assert not re.search(r"[@#!~%]\w|\bGH-\d|://|\bwww\.", written)
    assert written.replace(JOINER, "") == text


@pytest.mark.parametrize("ticks", ["", "`", "```", "````", "```\nx\n```", "```\nx\n````\ny"])
def test_no_line_of_a_block_is_a_command_to_gitlab(ticks):
    """GitLab takes three backticks at the beginning and the end of a line for a code block, however it began."""
    blocks = Listings((Listing((), f"x\n{ticks}\n/close\n/merge now\n{ticks}\n/close", "text"),) * 2)

    written = write(Document(("t",), (), (Section("s", blocks, 1),)), MARK)

    outside = re.sub(r"^```.+?\n```$", "", written, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"^/\w+", outside, re.MULTILINE)
    assert written.count("/close") == 4


@given(st.text(max_size=60))
def test_what_cannot_be_seen_is_spelled_out(text):
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]", visible(text))
