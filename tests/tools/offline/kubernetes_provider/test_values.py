"""Values of the engine's protocol survive the way to Python and back."""

from hypothesis import given
from hypothesis import strategies as st

from tools.offline.kubernetes_provider.provider import values
from tools.offline.kubernetes_provider.provider.values import Secret

KEYS = st.text(min_size=1, max_size=8).filter(lambda key: key != values.SIGNATURE)
PLAIN = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(KEYS, PLAIN, max_size=5)


@given(OBJECTS)
def test_round_trip(value):
    assert values.decode(values.encode(value)) == value


@given(OBJECTS)
def test_a_secret_keeps_its_mark_and_its_value(value):
    decoded = values.decode(values.encode({"hidden": Secret(value), "list": [1, Secret("x")]}))

    assert isinstance(decoded["hidden"], Secret)
    assert values.has_secret(decoded["list"])
    assert values.strip(decoded) == {"hidden": value, "list": [1, "x"]}
    assert "hidden" not in repr(decoded["hidden"])


def test_whole_numbers_become_int():
    decoded = values.decode(values.encode({"replicas": 3.0, "share": 1.5, "big": 2.0**40}))

    assert decoded == {"replicas": 3, "share": 1.5, "big": 2**40}
    assert {key: type(value) for key, value in decoded.items()} == {"replicas": int, "share": float, "big": int}


def test_nulls_of_maps_are_left_out():
    assert values.decode(values.encode({"a": None, "b": {"c": None}, "d": [None]})) == {"b": {}, "d": [None]}


def test_an_output_value_is_its_value():
    marked = {values.SIGNATURE: values.OUTPUT, "value": "x", "secret": True, "dependencies": []}
    unknown = {values.SIGNATURE: values.OUTPUT}

    decoded = values.decode(values.encode({"a": marked, "b": unknown}))

    assert values.strip(decoded["a"]) == "x"
    assert isinstance(decoded["a"], Secret)
    assert values.has_unknown(decoded["b"])


def test_unknown_anywhere_is_found():
    for unknown in values.UNKNOWNS:
        assert values.has_unknown({"a": [{"b": Secret(unknown)}]})
    assert not values.has_unknown({"a": ["known"]})


def test_texts_of_secrets_are_found_and_others_are_not():
    value = {"plain": "a", "one": Secret("b"), "more": [Secret({"x": ["c", 1]})]}

    assert sorted(values.secret_texts(value)) == ["b", "c"]


class TestMarkLike:
    def test_a_secrets_content_is_always_secret(self):
        outputs = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "b"}, "type": "Opaque"}

        values.mark_like(outputs, {})

        assert isinstance(outputs["data"], Secret)
        assert outputs["type"] == "Opaque"

    def test_a_value_inherits_the_mark_of_its_input_and_a_list_as_a_whole(self):
        outputs = {"kind": "Pod", "spec": {"a": "x", "b": "y", "env": [{"value": "z"}]}}

        values.mark_like(outputs, {"spec": {"a": Secret("x"), "b": "y", "env": [{"value": Secret("z")}]}})

        assert isinstance(outputs["spec"]["a"], Secret)
        assert outputs["spec"]["b"] == "y"
        assert isinstance(outputs["spec"]["env"], Secret)
