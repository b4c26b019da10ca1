import json

from hypothesis import given
from hypothesis import strategies as st

from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.cluster.processes import Identity
from tools.cluster.record import ComponentRecord, Record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
RECORD_KEYS = ("supervisor", "phase", "progress", "message", "version", "fingerprint", "components")


def test_what_is_written_is_read_again(tmp_path):
    layout = Layout.of(tmp_path)
    record = Record(
        Identity(7, 8, "boot"),
        "ready",
        message="x",
        version="v1.36.4",
        fingerprint="f",
        components=(
            ComponentRecord("etcd", Identity(9, 10, "boot"), "running", 2),
            ComponentRecord("kwok", None, "failed", 5),
        ),
    )

    record.write(layout)

    assert Record.read(layout) == record


@given(st.dictionaries(st.sampled_from(RECORD_KEYS), JSON))
def test_a_damaged_record_or_plan_is_none_or_usable(tmp_path_factory, value):
    layout = Layout.of(tmp_path_factory.mktemp("record"))
    layout.record.write_text(json.dumps(value))
    layout.plan.write_text(json.dumps({"ports": value, "binaries": "/x", "renew_at": 0, "fingerprint": ""}))

    record, planned = Record.read(layout), Plan.read(layout)

    assert record is None or all(isinstance(component, ComponentRecord) for component in record.components)
    assert planned is None or all(isinstance(port, int) for port in planned.ports.values())


def test_missing_files_read_as_none(tmp_path):
    layout = Layout.of(tmp_path)

    assert Record.read(layout) is None
    assert Plan.read(layout) is None
