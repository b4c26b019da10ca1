"""Whatever is wrong with the home, JupyterLab starts, so that its owner can mend it."""

import os
from pathlib import Path

import pytest

from tests.images.container import HOME, Mount
from tests.images.workspace import Workspace, make_home, started

pytestmark = pytest.mark.images


def write(home: Path, path: str, text: str) -> None:
    """A file of the workspace's user."""
    target = home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    for item in [target, *target.parents]:
        if item.is_relative_to(home) and item != home:
            os.chown(item, 1000, 0)


def fill(workspace: Workspace) -> None:
    """Fill the home to its last byte."""
    workspace.container.run("bash", "-c", "cat /dev/zero > ~/big 2>/dev/null; cat /dev/zero > ~/rest 2>/dev/null")


@pytest.mark.parametrize("module", ["jupyterlab", "tornado", "json", "sitecustomize", "usercustomize"])
def test_packages_in_the_home_cannot_break_jupyterlab(default_image, tmp_path, module):
    home = make_home(tmp_path / "home")
    version = default_image_python(default_image)
    write(home, f".local/lib/python{version}/site-packages/{module}.py", "raise SystemExit('broken by the user')\n")

    with started(default_image, tmp_path / "run", home=home) as workspace:
        workspace.wait_until_ready()

        assert workspace.health("--full", "--server")[0] == 0
        assert "broken by the user" not in workspace.container.output()


def default_image_python(unpacked) -> str:
    """Version of the image's Python, such as 3.10."""
    return next((unpacked.root / "opt/conda/lib").glob("python3.*")).name.removeprefix("python")


def test_broken_settings_in_the_home_are_left_out_after_a_while(default_image, tmp_path):
    home = make_home(tmp_path / "home")
    write(home, ".jupyter/jupyter_server_config.py", "import os\nos._exit(3)\n")

    with started(default_image, tmp_path / "run", home=home) as workspace:
        workspace.wait_until_ready()

        assert "does not start with the settings in ~/.jupyter" in workspace.container.output()
        assert workspace.get("/api/status", token=None)[0] == 403


def test_settings_in_the_home_that_fail_half_way_do_not_stop_the_start(default_image, tmp_path):
    home = make_home(tmp_path / "home")
    write(home, ".jupyter/jupyter_server_config.py", "c.ServerApp.root_dir = '/tmp'\nraise ValueError('half way')\n")

    with started(default_image, tmp_path / "run", home=home) as workspace:
        workspace.wait_until_ready()

        assert "jupyter_server_config.py fails" in workspace.container.output()
        assert workspace.get("/api/status")[0] == 200
        assert "starting it again" not in workspace.container.output()


def test_settings_in_the_home_cannot_open_the_server(default_image, tmp_path):
    home = make_home(tmp_path / "home")
    write(
        home,
        ".jupyter/jupyter_server_config.py",
        "c.ServerApp.terminals_enabled = False\nc.IdentityProvider.token = ''\nc.ServerApp.port = 1\n",
    )

    with started(default_image, tmp_path / "run", home=home) as workspace:
        workspace.wait_until_ready()

        assert workspace.get("/api/status", token=None)[0] == 403
        assert workspace.get("/api/terminals")[0] == 404  # the rest of the file counts


def test_settings_in_the_home_can_switch_on_an_extension_that_is_left_out(default_image, tmp_path):
    home = make_home(tmp_path / "home")
    choice = "c.ServerApp.jpserver_extensions = {'notebook_shim': True}\n"
    write(home, ".jupyter/jupyter_server_config.py", choice)

    with (
        started(default_image, tmp_path / "chosen", home=home) as chosen,
        started(default_image, tmp_path / "not") as default,
    ):
        chosen.wait_until_ready()
        default.wait_until_ready()

        loaded = "notebook_shim | extension was successfully loaded"
        assert loaded in chosen.container.output()
        assert loaded not in default.container.output()
        assert chosen.get("/lab")[0] == 200


def test_starts_with_a_full_home(default_image, tmp_path):
    volume = Mount(HOME, options=("size=2m", "mode=0770", "uid=1000"))
    with started(default_image, tmp_path, mounts=[volume]) as workspace:
        workspace.wait_until_ready()
        fill(workspace)
        workspace.container.run("pkill", "-f", "jupyterlab")
        workspace.container.wait_for("it was seen", lambda: "starting it again" in workspace.container.output())
        workspace.wait_until_ready()

        assert workspace.get("/api/status")[0] == 200
        assert "No space left on device" in workspace.container.output()


def test_starts_with_a_home_that_cannot_be_written(default_image, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o555)

    with started(default_image, tmp_path / "run", home=home) as workspace:
        workspace.wait_until_ready()
        code, report = workspace.health()

        assert code == 14
        assert "cannot be written (Permission denied)" in report["problems"][0]["message"]
        assert "will change at the next start" in workspace.container.output()
