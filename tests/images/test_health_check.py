"""The health check passes on a sound workspace, and names what is broken in a broken one."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.images.container import HOME, Mount
from tests.images.workspace import Workspace, changeable, started

pytestmark = pytest.mark.images


@contextmanager
def changeable_workspace(image, folder: Path, first: Sequence[str] = ()) -> Iterator[Workspace]:
    """A workspace whose image can be changed."""
    with (
        changeable(image.root, folder / "overlay") as root,
        started(image, folder / "run", root=root, first=first) as workspace,
    ):
        yield workspace


@pytest.fixture
def broken(default_image, tmp_path) -> Iterator[Workspace]:
    """One without its servers: without `--server` the check asks none, and they would be started for each damage."""
    with changeable_workspace(default_image, tmp_path, first=["/usr/bin/sleep", "infinity"]) as workspace:
        workspace.container.wait_for("it runs", lambda: workspace.container.run("true").returncode == 0)
        yield workspace


def library(workspace: Workspace):
    """site-packages of the running workspace, from outside."""
    return next((workspace.root / "opt/conda/lib").glob("python3.*")) / "site-packages"


def only_problem(report) -> tuple[str, str]:
    """The one problem of a report."""
    assert len(report["problems"]) == 1, report
    return report["problems"][0]["check"], report["problems"][0]["message"]


@pytest.mark.parametrize("options", [(), ("--full",), ("--server",), ("--full", "--server")])
def test_a_sound_workspace_passes(workspace: Workspace, options):
    code, report = workspace.health(*options)

    assert code == 0
    assert report["healthy"] is True
    assert report["problems"] == []
    assert report["mode"] == ("full" if "--full" in options else "quick")
    assert report["environment"] == "default"


def test_quick_mode_loads_nothing_slow(workspace: Workspace):
    """What makes it quick enough for probes: a bare interpreter, and none of the environment's packages."""
    code = (
        "import runpy, sys\nsys.argv = ['x']\n"
        "try:\n runpy.run_path('/opt/slate/health_check.py', run_name='__main__')\nexcept SystemExit:\n pass\n"
        "slow = {'numpy', 'rattler', 'asyncio', 'urllib', 'pathlib', 'site'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )

    done = workspace.container.run("/opt/conda/bin/python", "-I", "-S", "-c", code)

    assert done.stdout.splitlines()[-1] == "[]"


def test_unknown_argument(workspace: Workspace):
    done = workspace.container.run("/opt/slate/bin/health-check", "--fast")

    assert done.returncode == 2
    assert "unknown argument '--fast'" in done.stderr


def test_names_a_missing_package(broken: Workspace):
    shutil.rmtree(library(broken) / "numpy")

    for options in ((), ("--full",)):
        code, report = broken.health(*options)
        assert code == 12
        assert only_problem(report)[0] == "packages"
        assert "numpy" in only_problem(report)[1]


def test_full_names_a_package_that_does_not_import(broken: Workspace):
    extension = next((library(broken) / "numpy").rglob("_multiarray_umath*.so"))
    extension.write_bytes(b"not a library")

    assert broken.health()[0] == 0
    code, report = broken.health("--full")

    assert code == 12
    assert only_problem(report)[1].startswith("import ")


@pytest.mark.parametrize("damage", ["missing", "not a program", "no standard library"])
def test_says_that_python_is_broken(broken: Workspace, damage):
    program = (broken.root / "opt/conda/bin/python").resolve()
    program = broken.root / program.relative_to("/") if not program.is_relative_to(broken.root) else program
    if damage == "missing":
        program.unlink()
    elif damage == "not a program":
        program.unlink()  # a running program cannot be written to
        program.write_bytes(b"\x7fELF broken")
        program.chmod(0o755)
    else:
        shutil.rmtree(library(broken).parent / "encodings")

    code, report = broken.health()

    assert code == 10
    assert only_problem(report)[0] == "python"
    assert "does not run the health check" in only_problem(report)[1]


def test_says_that_python_is_another_version(broken: Workspace):
    facts = broken.root / "opt/slate/environment/layer.json"
    facts.write_text(facts.read_text().replace('"python": "3.', '"python": "3.9'))

    code, report = broken.health()

    assert code == 10
    assert "the environment asks for 3.9" in only_problem(report)[1]


@pytest.mark.parametrize("damage", ["missing", "not executable", "does not start"])
def test_says_that_the_package_manager_is_broken(broken: Workspace, damage):
    program = broken.root / "opt/slate/bin/slate-env"
    if damage == "missing":
        program.unlink()
    elif damage == "not executable":
        program.chmod(0o644)
    else:
        (broken.root / "opt/slate/lib/slate_env/cli.py").write_text("raise RuntimeError('damaged')\n")
        shutil.rmtree(broken.root / "opt/slate/lib/slate_env/__pycache__")

    code, report = broken.health()

    assert code == 11
    assert only_problem(report)[0] == "package-manager"
    assert "slate-env" in only_problem(report)[1]


def test_full_says_that_the_package_manager_cannot_work(broken: Workspace):
    """It starts, but the library under it is gone."""
    shutil.rmtree(library(broken) / "rattler")

    assert broken.health()[0] == 0
    code, report = broken.health("--full")

    assert code == 11
    assert "rattler" in only_problem(report)[1]


def test_says_that_the_prefix_is_writable(default_image, tmp_path):
    loose = tmp_path / "meta"
    shutil.copytree(default_image.root / "opt/conda/conda-meta", loose)
    loose.chmod(0o777)
    with started(default_image, tmp_path / "run", mounts=[Mount("/opt/conda/conda-meta", loose)]) as workspace:
        workspace.wait_until_ready()
        code, report = workspace.health()

        assert code == 13
        assert "/opt/conda/conda-meta is writable" in only_problem(report)[1]


def test_says_that_the_home_is_full(default_image, tmp_path):
    volume = Mount(HOME, options=("size=4m", "mode=0770", "uid=1000"))
    with started(default_image, tmp_path, mounts=[volume]) as workspace:
        workspace.wait_until_ready()

        code, report = workspace.health()
        assert (code, report["problems"][0]["check"]) == (14, "home")
        assert "is full" in only_problem(report)[1]

        workspace.container.run("bash", "-c", "cat /dev/zero > ~/big 2>/dev/null")
        code, report = workspace.health()
        assert code == 14
        assert "No space left on device" in only_problem(report)[1]
        assert "delete files or ask for a larger home" in only_problem(report)[1]


def test_probes_take_a_full_home_for_a_warning_only(default_image, tmp_path):
    """Its owner must be able to come in and delete files, so it is in service."""
    volume = Mount(HOME, options=("size=2m", "mode=0770", "uid=1000"))
    with started(default_image, tmp_path, mounts=[volume]) as workspace:
        workspace.wait_until_ready()
        workspace.container.run("bash", "-c", "cat /dev/zero > ~/big 2>/dev/null")

        code, report = workspace.health("--server")

        assert (code, report["healthy"], report["problems"]) == (0, True, [])
        assert [item["check"] for item in report["warnings"]] == ["home"]
        assert "delete files or ask for a larger home" in report["warnings"][0]["message"]


def test_says_that_the_server_hangs(default_image, tmp_path):
    with started(default_image, tmp_path) as workspace:
        workspace.wait_until_ready()
        workspace.container.run("pkill", "-STOP", "-f", r"jupyterlab\.py --config")

        assert workspace.health()[0] == 0
        code, report = workspace.health("--server")

        assert code == 15
        assert "JupyterLab does not answer" in only_problem(report)[1]


def test_says_that_the_ssh_server_is_gone_while_jupyterlab_goes_on(default_image, tmp_path):
    with changeable_workspace(default_image, tmp_path) as workspace:
        workspace.wait_until_ready()
        (workspace.root / "usr/sbin/sshd").unlink()
        workspace.container.run("pkill", "-x", "sshd")
        workspace.container.wait_for("it was seen", lambda: "sshd does not start" in workspace.container.output())

        code, report = workspace.health("--server")

        assert code == 15
        assert "the SSH server does not listen" in only_problem(report)[1]
        assert workspace.get("/api/status")[0] == 200


def test_leaves_nothing_in_the_home(workspace: Workspace):
    workspace.health()

    assert not list((workspace.folder / "home").glob(".slate-health*"))
