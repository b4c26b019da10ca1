import sys
from pathlib import Path

import pytest

from tools.observability import Declared
from tools.observability.companions import companions, doorway, page_writer, seconds_between
from tools.observability.declared import Account, Companion
from tools.observability.layout import Layout
from tools.observability.programs import PORTS

LAYOUT = Layout(Path("/somewhere"))
PORT = {name: 20001 + index for index, name in enumerate(PORTS)}
CLUSTER = ("https://127.0.0.1:6443", Path("/pki/authority.crt"))
PYTHON = ("python", "-m", "services.service_levels")
REMEDIATE = Companion("remediator", (*PYTHON, "remediate", "--limit=2"), Account("remediator"), 8095)
CANARY = Companion("canary", (*PYTHON, "canary"), Account("canary"), 0, "*/5 * * * *")


def made(**declared):
    found = companions(Declared("", {}, companions=declared), LAYOUT, PORT, CLUSTER, Path("/clone"))
    return {program.name: program for program in found}


def test_the_remediator_runs_as_its_pod_would_but_on_this_machine():
    program = made(remediate=REMEDIATE)["remediator"]

    assert program.command[:5] == (sys.executable, *REMEDIATE.command[1:])
    assert set(program.command[5:]) == {
        "--server=https://127.0.0.1:6443",
        "--token=/somewhere/identities/remediator.token",
        "--authority=/pki/authority.crt",
        "--address=127.0.0.1",
        f"--port={PORT['remediator']}",
    }
    assert (program.port, program.path, program.account) == (PORT["remediator"], "/healthz", Account("remediator"))
    assert program.variables == {"PYTHONPATH": "/clone"}


def test_the_canary_comes_again_as_often_as_its_cron_job_would():
    program = made(canary=CANARY)["canary"]

    assert "--every=300" in program.command
    assert program.account == Account("canary")


def test_on_a_real_node_a_doorway_leads_to_the_remediators_pod():
    declared = Declared("", {}, companions={"remediate": REMEDIATE, "canary": CANARY})

    (program,) = doorway(declared, PORT, Path("/node"), Path("/clone"))

    assert program.command[2:] == (
        "tools.observability.doorway",
        "--node=/node",
        "--service=remediator.slate-system.svc",
        "--to=8095",
        f"--port={PORT['remediator']}",
    )
    assert program.account is None


def test_without_a_remediator_there_is_no_doorway():
    assert doorway(Declared("", {}), PORT, Path("/node"), Path("/clone")) == ()


def test_the_status_page_is_written_from_the_contract_and_what_prometheus_has():
    program = page_writer(LAYOUT, PORT, Path("/clone"))

    assert program.account is None
    assert "--contract=/somewhere/configuration/contract.json" in program.command
    assert f"--prometheus=http://127.0.0.1:{PORT['prometheus']}" in program.command


@pytest.mark.parametrize(
    ("schedule", "seconds"), [("*/5 * * * *", 300), ("*/10 * * * *", 600), ("0 4 * * *", 600), ("*/0 * * * *", 600)]
)
def test_how_often_a_schedule_comes(schedule, seconds):
    assert seconds_between(schedule) == seconds
