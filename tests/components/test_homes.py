"""Homes that exist already: owners are respected, sizes only grow."""

from dataclasses import dataclass
from fractions import Fraction

import pytest

from components.homes import Home, HomeError, claim_key, plan


@dataclass(frozen=True)
class Wish:
    project: str = "vision"
    name: str = "alice"
    user: str = "alice"
    home_size: str = "10"


def home(**changes):
    values = {"namespace": "ws-vision", "claim": "home-alice-0", "owner": "alice", "size": "10", "grown": False}
    found = Home(**(values | changes))
    return {(found.namespace, found.claim): found}


def test_claim_is_the_one_that_the_stateful_set_makes():
    assert claim_key(Wish()) == ("ws-vision", "home-alice-0")


def test_new_workspace_and_unchanged_home_need_nothing():
    assert plan([Wish()], {}, Fraction) == set()
    assert plan([Wish()], home(), Fraction) == set()


def test_larger_home_grows():
    assert plan([Wish(home_size="20")], home(), Fraction) == {("ws-vision", "home-alice-0")}


def test_home_that_has_grown_stays_declared_so_that_the_next_run_is_empty():
    assert plan([Wish(home_size="20")], home(size="20", grown=True), Fraction) == {("ws-vision", "home-alice-0")}


def test_smaller_home_is_refused_with_both_sizes():
    with pytest.raises(HomeError, match="its home has 10 and cannot shrink to 5; set homeSize to 10 or more"):
        plan([Wish(home_size="5")], home(), Fraction)


def test_home_of_somebody_else_is_refused_with_both_ways_out():
    with pytest.raises(HomeError) as refusal:
        plan([Wish(user="bob")], home(), Fraction)

    message = str(refusal.value)
    assert "belongs to 'alice', not to 'bob'" in message
    assert "kubectl delete pvc home-alice-0 -n ws-vision" in message
    assert "kubectl label pvc home-alice-0 -n ws-vision slate.dev/user=bob --overwrite" in message


def test_all_problems_are_told_at_once():
    homes = home() | home(claim="home-carol-0", owner="carol")

    with pytest.raises(HomeError) as refusal:
        plan([Wish(home_size="1"), Wish(name="carol", user="dave")], homes, Fraction)

    assert "cannot shrink" in str(refusal.value)
    assert "'carol', not to 'dave'" in str(refusal.value)
