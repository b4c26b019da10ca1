"""What somebody may have meant by a name that nothing has."""

import pytest

from policies.nearest import meant

OBJECTS = ("StatefulSet ws-vision/alice", "StatefulSet ws-language/erin", "Namespace ws-vision")


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("SLATE-PRIF", ("SLATE-PRIV", "SLATE-DNS"), " (did you mean SLATE-PRIV?)"),
        ("PRIV", ("SLATE-PRIV", "SLATE-DNS"), " (did you mean SLATE-PRIV?)"),
        ("SLATE-NOTHING", ("SLATE-PRIV", "SLATE-DNS"), ""),
        ("StatefulSet language/erin", OBJECTS, " (did you mean StatefulSet ws-language/erin?)"),
        ("statefulset ws-vision/alice", OBJECTS, " (did you mean StatefulSet ws-vision/alice?)"),
        ("x" * 1_000_000, OBJECTS, ""),
        ("", OBJECTS, ""),
        ("Pod a/b", (), ""),
    ],
)
def test_the_nearest_name_is_told_where_one_is_near(name, known, words):
    assert meant(name, known) == words
