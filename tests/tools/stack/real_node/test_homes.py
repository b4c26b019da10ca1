import pytest

from tools.cluster.addons import PROVISIONER
from tools.node.volumes import BY
from tools.stack import configuration
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.real_node import homes

SETTINGS, _ = configuration.read_settings("dev", Layout())
BOB, ALICE = ("ws-vision", "home-bob-0"), ("ws-vision", "home-alice-0")


def test_who_provided_a_volume_is_known_by_its_claim():
    volume = {
        "metadata": {"name": "v", "annotations": {"pv.kubernetes.io/provisioned-by": BY}},
        "spec": {"claimRef": {"namespace": "ws-vision", "name": "home-bob-0"}},
    }
    unclaimed = {"metadata": {"name": "w"}, "spec": {}}

    assert homes.owners([volume, unclaimed]) == {BOB: BY}


@pytest.mark.parametrize(
    ("provided", "real"),
    [
        ({}, {"cpu"}),
        ({BOB: BY, ALICE: PROVISIONER}, {"cpu"}),
        ({BOB: PROVISIONER, ALICE: PROVISIONER}, set()),
        ({("ws-gone", "home-bob-0"): PROVISIONER}, {"cpu"}),
    ],
)
def test_homes_on_their_own_kind_of_node_are_no_obstacle(provided, real):
    homes.check(provided, SETTINGS, real)


@pytest.mark.parametrize(("by", "real"), [(PROVISIONER, {"cpu"}), (BY, set())])
def test_a_home_on_the_other_kind_of_node_is_named_with_the_way_out(by, real):
    with pytest.raises(StackProblem, match="vision/bob") as caught:
        homes.check({BOB: by, ALICE: PROVISIONER}, SETTINGS, real)

    assert "make reset" in str(caught.value)
    assert "alice" not in str(caught.value)
