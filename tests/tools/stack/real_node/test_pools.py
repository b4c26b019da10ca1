import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from settings import load
from settings.canary import canary_space
from settings.quantity import parse_quantity
from tools.paths import ROOT
from tools.stack import configuration
from tools.stack.layout import Layout
from tools.stack.real_node.machine import Machine
from tools.stack.real_node.pools import NODE_POOLS, SIMULATED_TAINT, real_pool, with_real_node
from tools.stack.sections import replace_section

SETTINGS, DOCUMENT = configuration.read_settings("dev", Layout())
SUPPLIED = {
    "slate:registry": {"type": "local", "host": "127.0.0.1:5000"},
    "slate:conda": {"mirror": "local", "upstreamChannels": ["fixture"], "mirrorUrl": "http://127.0.0.1:8100"},
}
MACHINES = st.builds(
    Machine, st.integers(2, 256), st.integers(8 * 1024, 4 * 1024 * 1024), st.integers(100 * 1024, 64 * 1024 * 1024)
)


def changed(machine):
    """The dev stack's file with its pool on the real node."""
    pools = with_real_node(DOCUMENT, SETTINGS, machine)
    return {**DOCUMENT, "config": {**DOCUMENT["config"], **SUPPLIED, NODE_POOLS: pools}}


def test_the_pool_without_accelerator_becomes_real_and_the_other_one_stays_simulated():
    pools = {pool["name"]: pool for pool in with_real_node(DOCUMENT, SETTINGS, Machine(2, 24 * 1024, 250 * 1024))}

    assert real_pool(SETTINGS) == "cpu"
    assert pools["cpu"]["backend"] == {"type": "existing", "nodes": ["slate-node"], "manageLabels": True}
    assert pools["cpu"]["size"] == {"fixed": 1}
    assert "taints" not in pools["cpu"]
    assert pools["gpu"]["backend"] == {"type": "simulated"}
    assert pools["gpu"]["taints"] == [{"key": "sim.slate.dev/simulated", "value": "true", "effect": "NoSchedule"}]


def test_profiles_are_cut_to_a_small_machine_and_kept_on_a_large_one():
    small = with_real_node(DOCUMENT, SETTINGS, Machine(2, 24 * 1024, 250 * 1024))[0]["profiles"]
    large = with_real_node(DOCUMENT, SETTINGS, Machine(128, 1024 * 1024, 10 * 1024 * 1024))[0]["profiles"]

    assert [(profile["name"], profile["cpu"], profile["cpuLimit"], profile["memory"]) for profile in small] == [
        ("small", "200m", "2000m", "4096Mi"),
        ("large", "200m", "2000m", "4096Mi"),
    ]
    assert [(profile["cpu"], profile["cpuLimit"], profile["memory"]) for profile in large] == [
        ("1000m", "2000m", "4096Mi"),
        ("4000m", "4000m", "16384Mi"),
    ]


@given(MACHINES)
def test_all_declared_workspaces_fit_on_any_machine_and_the_settings_hold(machine):
    document = changed(machine)

    settings = load(
        configuration.settings_values(document, configuration.read_yaml(ROOT / "Pulumi.yaml"), "dev"), source="dev"
    )

    pool = settings.node_pools[0]
    profiles = {profile.name: profile for profile in pool.profiles}
    spaces = [space for project in settings.fleet() for space in project.workspaces if space.pool == "cpu"]
    spaces += [space for space in (canary_space(settings),) if space]
    assert len(spaces) == 5
    assert sum(parse_quantity(str(profiles[space.profile].cpu)) for space in spaces) <= machine.cores
    memory = sum(parse_quantity(str(profiles[space.profile].memory)) for space in spaces)
    assert memory <= (machine.memory - 1024) * 1024 * 1024


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  slate:nodePools:\n  - name: cpu\n  slate:domain: a.b\n",
        "config:\n  slate:nodePools:\n    - name: cpu\n      size: 1\n\n \n  slate:domain: a.b\n",
        "config:\n  slate:domain: a.b\n  slate:nodePools: [{name: cpu}]\n",
        "config:\n  slate:domain: a.b\n  slate:nodePools:\n    - name: cpu\n",
        "config:\n  slate:domain: a.b\n  slate:nodePools:\nencryptionsalt: v1\n",
        "config: {slate:nodePools: [], slate:domain: a.b}\n",
        "config:\n  slate:domain: a.b\n",
    ],
)
def test_a_section_is_replaced_however_it_is_written(text):
    pools = [{"name": "real"}]

    replaced = replace_section(text, NODE_POOLS, pools, "Pulumi.dev.yaml")

    before, after = yaml.safe_load(text), yaml.safe_load(replaced)
    assert after == {**before, "config": {**before["config"], NODE_POOLS: pools}}
    assert after["config"]["slate:domain"] == "a.b"


@given(MACHINES)
def test_the_text_of_the_stack_file_gets_the_pools_and_keeps_the_rest(machine):
    text = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    pools = with_real_node(DOCUMENT, SETTINGS, machine)

    replaced = replace_section(text, NODE_POOLS, pools, "Pulumi.dev.yaml")

    expected = {**DOCUMENT, "config": {**DOCUMENT["config"], NODE_POOLS: pools}}
    assert yaml.safe_load(replaced) == expected
    assert "# Environments are built layer on layer from their locks" in replaced


def test_the_policies_of_the_dev_stack_know_the_taint_of_simulated_nodes():
    """Else they would refuse the workspaces that stay there while another pool is on the real node."""
    content = json.loads((ROOT / "policies" / "config" / "dev.json").read_text(encoding="utf-8"))

    assert SIMULATED_TAINT["key"] in content["parameters"]["tolerationKeys"]
