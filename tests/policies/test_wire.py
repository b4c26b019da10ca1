"""What the engine sends is read as it was meant."""

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi_policy import proxy

from policies.values import UNKNOWN
from policies.wire import properties

SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
LEAVES = st.none() | st.booleans() | st.text(max_size=8) | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def sent(value: dict) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(value)
    return message


@given(st.dictionaries(st.text(max_size=8), TREES, max_size=4))
def test_plain_values_come_through(value):
    assert properties(sent(value)) == value


@pytest.mark.parametrize("name", [name for name in vars(proxy) if name.startswith("UNKNOWN_")])
def test_what_is_not_known_yet_is_unknown_wherever_it_is(name):
    unknown = getattr(proxy, name)

    read = properties(sent({"spec": [{"image": unknown, "name": "x"}]}))

    assert read["spec"][0]["image"] is UNKNOWN
    assert read["spec"][0]["name"] == "x"


def test_a_secret_is_judged_by_its_value():
    read = properties(sent({"data": {SIGNATURE: SECRET, "value": {"token": "abc"}}, "port": 80}))

    assert read == {"data": {"token": "abc"}, "port": 80}
    assert isinstance(read["port"], int)
