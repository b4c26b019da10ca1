import os

import yaml

from tools.bootstrap.environment import pulumi_environ
from tools.bootstrap.policy_launcher import RUNTIME, install_launcher
from tools.bootstrap.workplace import Workplace
from tools.paths import ROOT


def packs() -> tuple[dict[str, object], dict[str, object]]:
    """What both files say of the pack: Pulumi's ordinary one, and the one that `make` uses."""
    ordinary, direct = (ROOT / "policies" / folder / "PulumiPolicy.yaml" for folder in (".", "direct"))
    return yaml.safe_load(ordinary.read_text()), yaml.safe_load(direct.read_text())


def test_both_ways_to_start_the_pack_tell_the_same_of_it():
    ordinary, direct = packs()

    assert direct.pop("runtime") == RUNTIME
    assert ordinary.pop("runtime")
    assert direct == ordinary


def test_the_launcher_is_where_pulumi_looks_for_the_runtime(tmp_path):
    path = install_launcher(tmp_path)

    assert path.parent.parent == tmp_path / "plugins"
    assert path.name == f"pulumi-analyzer-policy-{RUNTIME}"
    assert os.access(path, os.X_OK)


def test_a_launcher_that_is_there_stays_and_a_broken_one_is_mended(tmp_path):
    path = install_launcher(tmp_path)
    before = path.stat()
    text = path.read_text()

    assert install_launcher(tmp_path).stat().st_ino == before.st_ino

    path.write_text("#!/bin/sh\n")
    path.chmod(0o644)
    assert install_launcher(tmp_path).read_text() == text
    assert os.access(path, os.X_OK)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_every_environment_of_a_clone_has_it(tmp_path):
    pulumi_environ(Workplace(tmp_path, {"PATH": "/usr/bin:/bin", "HOME": "/home/someone"}))

    [path] = (tmp_path / ".slate" / "pulumi" / "plugins").glob("*/*")
    assert path == install_launcher(tmp_path / ".slate" / "pulumi")
