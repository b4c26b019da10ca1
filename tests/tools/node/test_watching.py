import ssl
import threading

from tools.node.watching import Watched


def thing(uid, **labels):
    return {"metadata": {"uid": uid, "labels": labels}}


def test_events_keep_the_objects_up_to_date_and_wake_the_one_who_waits():
    changed = threading.Event()
    watched = Watched(1, "/api/v1/pods", ssl.create_default_context(), changed)

    assert watched.apply("ADDED", thing("a"))
    assert watched.apply("ADDED", thing("b"))
    assert watched.apply("MODIFIED", thing("a", app="x"))
    assert watched.apply("DELETED", thing("b"))
    assert watched.apply("DELETED", thing("unknown"))

    assert watched.objects() == [thing("a", app="x")]
    assert changed.is_set()


def test_a_bookmark_changes_nothing_and_an_error_ends_the_watch():
    changed = threading.Event()
    watched = Watched(1, "/api/v1/pods", ssl.create_default_context(), changed)

    assert watched.apply("BOOKMARK", {"metadata": {"resourceVersion": "7"}})
    assert not watched.apply("ERROR", {"code": 410})

    assert watched.objects() == []
    assert not changed.is_set()
