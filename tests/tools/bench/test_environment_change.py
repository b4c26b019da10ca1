from pathlib import Path

import pytest
import yaml

from tools.bench import measure
from tools.bench.environment_change import ENVIRONMENT, EXTRA, Clone, stages
from tools.paths import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "slate")


def environment(root: Path) -> dict:
    return yaml.safe_load((root / f"images/workspace/environments/{ENVIRONMENT}.yml").read_text())


def test_stages_are_read_from_the_last_line_of_make_up():
    output = "Time: settings 0.0 s, images 1 min 45 s, pulumi 17 s, workspaces 0.7 s; 2 min 3 s in all\n"

    assert stages("something\n" + output) == {"settings": 0.0, "images": 105.0, "pulumi": 17.0, "workspaces": 0.7}


def test_an_output_without_times_has_no_stages():
    assert stages("error: refused") == {}


def test_a_package_is_one_line_more_and_the_rest_of_the_file_stays(clone: Clone):
    before = environment(clone.root)

    clone.add_package(EXTRA[0])

    after = environment(clone.root)
    assert after["dependencies"] == [EXTRA[0], *before["dependencies"]]
    assert {**after, "dependencies": None} == {**before, "dependencies": None}


def test_the_clone_is_changed_and_not_the_repository(clone: Clone):
    before = (ROOT / f"images/workspace/environments/{ENVIRONMENT}.yml").read_text()

    clone.add_package(EXTRA[0])

    assert (ROOT / f"images/workspace/environments/{ENVIRONMENT}.yml").read_text() == before


def test_the_other_side_installs_what_all_layers_ask_for(clone: Clone):
    clone.add_package(EXTRA[0])

    wanted = clone.packages()

    assert wanted[0].startswith("python 3.10")
    assert {EXTRA[0], "jupyterlab"} <= {item.split()[0] for item in wanted}
    assert sum(item.split()[0] == "python" for item in wanted) == 1


def test_an_environment_without_dependencies_is_told(clone: Clone):
    path = clone.root / f"images/workspace/environments/{ENVIRONMENT}.yml"
    path.write_text("name: default\n")

    with pytest.raises(measure.MeasureError, match="no dependencies to add to"):
        clone.add_package(EXTRA[0])
