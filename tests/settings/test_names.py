"""Names fit what Kubernetes and DNS make of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import names
from settings.errors import Refusal
from tests.settings.examples import answer

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
RULES = (
    names.dns_label,
    names.project_name,
    names.workspace_name,
    names.dns_name,
    names.domain,
    names.object_name,
)


@given(LABELS)
def test_dns_labels_are_accepted(label: str):
    assert names.dns_label(label) == label


@given(st.text(max_size=70))
def test_what_is_accepted_is_a_dns_label(text: str):
    try:
        accepted = names.dns_label(text)
    except Refusal:
        return

    assert re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", accepted)


@given(st.text(min_size=1, max_size=70))
def test_a_name_that_is_suggested_is_accepted(text: str):
    try:
        names.dns_label(text)
    except Refusal as refusal:
        suggested = re.fullmatch(r"write (\S+)", refusal.fix)
        if suggested:
            assert names.dns_label(suggested[1]) == suggested[1]


@given(LABELS, LABELS)
def test_a_host_label_tells_workspace_and_project_apart(workspace: str, project: str):
    try:
        pair = names.workspace_name(workspace), names.project_name(project)
    except Refusal:
        return

    host = "--".join(pair)

    assert tuple(host.split("--")) == pair
    assert host[2:4] != "--"


@pytest.mark.parametrize("name", ["alice", "a", "a-b", "0day", "x" * 52])
def test_workspace_names(name: str):
    assert names.workspace_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "A", "a_b", "a.b", "a--b", "xn", "x" * 53, "workspaces", "a\n", "ä", None, 1]
)
def test_other_workspace_names_are_refused(name: object):
    with pytest.raises(Refusal):
        names.workspace_name(name)


@pytest.mark.parametrize("name", ["a.b", "slate.localhost", "localhost", "x" * 63 + ".org", "1.example.org"])
def test_domains(name: str):
    assert names.domain(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "a..b", "a.", ".a", "*.a", "A.b", "a_b.c", "x" * 64 + ".org", "a:80", "http://a", "1.2.3.4", "a b"],
)
def test_other_domains_are_refused(name: str):
    with pytest.raises(Refusal):
        names.domain(name)


@given(
    st.sampled_from(RULES), st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.text()) | st.text()
)
def test_rules_answer_any_value(rule, value: object):
    given_back = answer(rule, value)

    assert given_back == value or (isinstance(given_back, Refusal) and given_back.what and given_back.fix)
