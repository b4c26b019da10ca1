import json
import os
import tomllib
from pathlib import Path

import pytest
import yaml

from tools.local import LocalError, services
from tools.local.layout import LONGEST_SOCKET, Layout
from tools.local.plan import Plan

PORTS = {"registry": 20001, "mirror": 20002}
BINARIES = Path("/opt/tools")
ROOT = Path("/opt/clone")


@pytest.fixture
def layout(tmp_path):
    made = Layout.of(tmp_path / "local")
    made.claim()
    made.prepare()
    return made


def test_the_builder_reaches_the_registry_and_the_mirror_and_no_other_port(layout):
    command = services.services(layout, PORTS, BINARIES, ROOT)["buildkit"].component.command

    fence, builder = command[: command.index("--")], command[command.index("--") + 1 :]
    assert [word for word in fence if word.startswith("--port")] == ["--port=20001", "--port=20002"]
    assert builder[0] == "/opt/tools/buildkitd"


def test_the_builder_finds_runc_and_works_in_the_network_of_the_fence(layout):
    service = services.services(layout, PORTS, BINARIES, ROOT)["buildkit"]
    read = services.files(layout, PORTS, BINARIES)
    configuration = tomllib.loads(read[layout.configuration / "buildkitd.toml"])

    assert service.variables["PATH"].split(":")[0] == "/opt/tools"
    assert configuration["worker"]["oci"]["networkMode"] == "host"
    assert configuration["worker"]["containerd"]["enabled"] is False
    assert configuration["worker"]["oci"]["defaultCgroupParent"] == layout.group
    assert configuration["registry"]["127.0.0.1:20001"] == {"http": True}


def test_the_builder_has_a_name_by_which_clients_find_its_socket(layout):
    instance = json.loads(services.files(layout, PORTS, BINARIES)[layout.docker_config / "buildx/instances/slate"])

    assert instance["Driver"] == "remote"
    assert instance["Nodes"][0]["Endpoint"] == f"unix://{layout.socket}"


def test_everything_listens_on_loopback_only(layout):
    read = services.files(layout, PORTS, BINARIES)
    known = services.services(layout, PORTS, BINARIES, ROOT)

    assert yaml.safe_load(read[layout.configuration / "registry.yml"])["http"]["addr"] == "127.0.0.1:20001"
    assert "--address=127.0.0.1" in known["mirror"].component.command
    assert tomllib.loads(read[layout.configuration / "buildkitd.toml"])["grpc"]["address"] == [
        f"unix://{layout.socket}"
    ]


def test_two_clones_have_control_groups_of_their_own(tmp_path):
    assert Layout.of(tmp_path / "a").group != Layout.of(tmp_path / "b").group


def test_a_plan_is_read_as_it_was_written(layout):
    planned = Plan.make(layout, BINARIES, PORTS, {"mirror", "registry"})
    planned.write(layout)

    assert Plan.read(layout) == planned
    assert planned.services == ("registry", "mirror")


@pytest.mark.parametrize("text", ["", "{}", '{"ports": {"registry": 1}}', "[1]", '{"ports": 3, "services": []}'])
def test_a_damaged_plan_counts_as_none(layout, text):
    layout.plan.write_text(text)

    assert Plan.read(layout) is None


def test_the_fingerprint_tells_other_programs_ports_and_services(layout, tmp_path):
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "registry").write_text("one")
    made = [Plan.make(layout, binaries, PORTS, {"registry"}).fingerprint]
    made.append(Plan.make(layout, binaries, PORTS, {"registry"}).fingerprint)

    made.append(Plan.make(layout, binaries, PORTS, {"registry", "mirror"}).fingerprint)
    made.append(Plan.make(layout, binaries, {**PORTS, "registry": 20003}, {"registry"}).fingerprint)
    (binaries / "registry").write_text("another")
    made.append(Plan.make(layout, binaries, PORTS, {"registry"}).fingerprint)

    assert made[0] == made[1]
    assert len(set(made)) == 4


def test_a_path_too_long_for_a_socket_is_refused_with_what_to_do(tmp_path):
    deep = tmp_path / ("x" * LONGEST_SOCKET)

    with pytest.raises(LocalError, match="Put the clone into a folder with a shorter path"):
        Layout.of(deep).claim()

    assert not deep.exists()


def test_a_folder_that_cannot_be_made_gets_one_message(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(LocalError, match="cannot be made"):
        Layout.of(tmp_path / "file" / "local").claim()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder away")
def test_another_users_folder_is_refused(tmp_path):
    (tmp_path / "local").mkdir()
    os.chown(tmp_path / "local", 4321, 4321)

    with pytest.raises(LocalError, match="belongs to user 4321, and you are user 0"):
        Layout.of(tmp_path / "local").claim()
