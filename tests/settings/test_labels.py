"""Label keys and values are what Kubernetes takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import labels
from settings.errors import Refusal
from tests.settings.examples import answer

RULES = (labels.label_value, labels.label_key, labels.own_label_key)


@pytest.mark.parametrize("key", ["team", "example.com/team", "a.b-c/D_e.f"])
def test_label_keys(key: str):
    assert labels.own_label_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a/b/c", "A.b/c", "x" * 64, "slate.dev/pool", "kubernetes.io/os", "node.k8s.io/x"]
)
def test_other_label_keys_are_refused(key: str):
    with pytest.raises(Refusal):
        labels.own_label_key(key)


@pytest.mark.parametrize("value", ["a", "NVIDIA-L40S", "a.b_c-d", "x" * 63])
def test_label_values(value: str):
    assert labels.label_value(value) == value


@pytest.mark.parametrize("value", ["", "-a", "a-", "a b", "a@b", "a/b", "x" * 64, "a\n", None, True, 1])
def test_other_label_values_are_refused(value: object):
    with pytest.raises(Refusal):
        labels.label_value(value)


@given(
    st.sampled_from(RULES), st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.text()) | st.text()
)
def test_rules_answer_any_value(rule, value: object):
    given_back = answer(rule, value)

    assert given_back == value or (isinstance(given_back, Refusal) and given_back.what and given_back.fix)
