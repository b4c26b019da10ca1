"""The limits, counted in the ledger."""

import asyncio
import datetime

from services.service_levels.remediator.alerts import Target
from services.service_levels.remediator.ledger import InMemory, Ledger

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
ALICE, BOB = Target("ws-vision", "alice"), Target("ws-vision", "bob")
MANY = 1000


class Book:
    """A ledger, and a clock that the test sets."""

    def __init__(self, per_workspace=2):
        self.ledger = Ledger(InMemory(), per_workspace)

    def reserve(self, target, uid, minutes, most=MANY):
        now = NOW + datetime.timedelta(minutes=minutes)
        return self.ask(target, uid, most, now).objection

    def ask(self, target, uid, most, now):
        return asyncio.run(self.ledger.reserve(target, uid, most, now))

    def cancel(self, uid):
        asyncio.run(self.ledger.cancel(uid))


def test_a_workspace_gets_two_new_pods_an_hour():
    book = Book()

    assert [book.reserve(ALICE, f"a{minutes}", minutes) for minutes in (0, 4, 8, 59)] == [
        None,
        None,
        "workspace-limit",
        "workspace-limit",
    ]
    assert book.reserve(BOB, "b", 8) is None
    assert book.reserve(Target("ws-language", "alice"), "c", 8) is None
    assert book.reserve(ALICE, "a60", 60) is None
    assert book.reserve(ALICE, "a61", 61) == "workspace-limit"


def test_the_fleet_gets_its_share_in_ten_minutes():
    book = Book()

    found = [book.reserve(Target("ws-vision", f"w{number}"), f"u{number}", number, most=3) for number in range(5)]

    assert found == [None, None, None, "fleet-limit", "fleet-limit"]
    assert book.reserve(BOB, "late", 10, most=3) is None


def test_a_pod_that_is_still_there_is_not_counted_twice():
    book = Book(per_workspace=1)

    assert book.reserve(ALICE, "a", 0, most=1) is None
    assert book.reserve(ALICE, "a", 4, most=1) is None
    assert book.ask(ALICE, "a", 1, NOW).fresh is False
    assert book.reserve(ALICE, "b", 5, most=1) == "workspace-limit"


def test_what_was_not_done_is_not_counted():
    book = Book(per_workspace=1)
    book.reserve(ALICE, "a", 0)

    book.cancel("a")

    assert book.reserve(ALICE, "b", 1) is None


def test_no_allowance_means_no_new_pods():
    assert Book(per_workspace=0).reserve(ALICE, "a", 0) == "workspace-limit"
