"""slate-env: environments in the home, from the mirror alone."""

import json
import signal
import subprocess
import time

import pytest
import yaml

from tests.images.workspace import Workspace, changeable, make_home, started

pytestmark = pytest.mark.images


def slate_env(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the workspace."""
    return workspace.container.run("slate-env", *arguments)


@pytest.fixture(scope="module")
def analysis(workspace: Workspace, image_rig) -> str:
    """An environment with a kernel."""
    python = json.loads(image_rig.layers["default"].files["layer.json"].content)["python"]
    done = slate_env(workspace, "create", "analysis", f"python={python}", "pyyaml")
    assert done.returncode == 0, done.stderr
    return "analysis"


@pytest.mark.usefixtures("analysis")
def test_creates_an_environment_that_works(workspace: Workspace):
    prefix = "/home/workspace/.slate/envs/analysis"
    done = workspace.container.run(f"{prefix}/bin/python", "-c", "import sys, yaml; print(sys.prefix)")

    assert done.stdout.strip() == prefix
    assert slate_env(workspace, "list").stdout == f"analysis\t{prefix}\n"
    assert {line.split("\t")[3] for line in slate_env(workspace, "list", "analysis").stdout.splitlines()} == {"fixture"}


@pytest.mark.usefixtures("analysis")
def test_its_kernel_runs_code(workspace: Workspace):
    """As JupyterLab does it: by name, over the kernel's own protocol."""
    kernels = json.loads(workspace.get("/api/kernelspecs")[1])["kernelspecs"]
    code = (
        "from jupyter_client.manager import start_new_kernel as start\n"
        "manager, client = start(kernel_name='slate-analysis')\n"
        "client.execute_interactive('import sys, yaml; print(sys.prefix)', timeout=60)\n"
        "manager.shutdown_kernel(now=True)"
    )

    done = workspace.container.run("python", "-c", code)

    assert kernels["slate-analysis"]["spec"]["display_name"].endswith("(analysis)")
    assert done.stdout.strip() == "/home/workspace/.slate/envs/analysis", done.stderr


@pytest.mark.usefixtures("analysis")
def test_adds_and_removes_a_package(workspace: Workspace):
    added = slate_env(workspace, "install", "analysis", "tomli")
    removed = slate_env(workspace, "remove", "analysis", "tomli")

    assert "+ tomli" in added.stdout
    assert added.stdout.count("\n") == 1  # nothing else moved
    assert "- tomli" in removed.stdout
    assert "tomli" not in slate_env(workspace, "list", "analysis").stdout


@pytest.mark.usefixtures("analysis")
def test_export_makes_the_same_environment_again(workspace: Workspace):
    exported = slate_env(workspace, "export", "analysis").stdout
    file = workspace.folder / "home/again.yml"
    file.write_text(exported.replace("name: analysis", "name: again"))

    done = slate_env(workspace, "create", "--file", "again.yml")

    assert done.returncode == 0, done.stderr
    assert slate_env(workspace, "list", "again").stdout == slate_env(workspace, "list", "analysis").stdout
    assert yaml.safe_load(exported)["channels"] == ["fixture"]
    assert slate_env(workspace, "remove", "again").returncode == 0
    assert "again" not in slate_env(workspace, "list").stdout


@pytest.mark.usefixtures("analysis")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create", "x", "other::numpy"), "`other::numpy` picks its own channel; write `numpy`"),
        (("create", "x", "https://example.org/numpy-1-0.conda"), "is a URL or a file"),
        (("create", "x", "./numpy-1-0.conda"), "is a URL or a file"),
        (("create", "x", "numpy[channel=other]"), "names a channel of its own"),
        (("create", "x", "numpy >>1"), "is not a package spec"),
        (("create", "x", "no-such-package"), "No candidates were found for no-such-package"),
        (("create", "../x", "numpy"), "is no name for an environment"),
        (("create", "x"), "name at least one package"),
        (("install", "x", "numpy"), "there is no environment 'x'"),
        (("remove", "analysis", "libzlib"), "not asked for in 'analysis'"),
    ],
)
def test_refuses_with_one_clear_message(workspace: Workspace, arguments, message):
    done = slate_env(workspace, *arguments)

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert slate_env(workspace, "list").stdout.startswith("analysis\t")


def test_refuses_a_file_with_every_problem_at_once(workspace: Workspace):
    file = workspace.folder / "home/bad.yml"
    file.write_text("name: bad\nchannels: [defaults, elsewhere]\ndependencies: ['other::x', {pip: [rich]}]\ntypo: 1\n")

    done = slate_env(workspace, "create", "--file", "bad.yml")

    assert done.returncode == 1
    for part in ("4 problem(s)", "`defaults`", "`elsewhere`", "`x`", "`pip:`", "`typo`"):
        assert part in done.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("channels: [elsewhere]\n", "not available here: `elsewhere`"),
        ("channels: [defaults]\n", "one of Anaconda's own"),
        ("channel_priority: flexible\n", "`channel_priority: flexible` is not possible here"),
    ],
)
def test_settings_in_the_home_cannot_widen_the_rules(workspace: Workspace, settings, message):
    file = workspace.folder / "home/.condarc"
    file.write_text(settings)
    try:
        done = slate_env(workspace, "create", "x", "numpy")
    finally:
        file.unlink()

    assert done.returncode == 1
    assert message in done.stderr


def test_says_that_the_mirror_does_not_answer(default_image, tmp_path):
    with changeable(default_image.root, tmp_path / "overlay") as root:
        condarc = root / "etc/conda/.condarc"
        mirror = yaml.safe_load(condarc.read_text())["channels"][0]
        condarc.write_text(condarc.read_text().replace(mirror, "http://127.0.0.1:9/latest/fixture"))
        with started(default_image, tmp_path / "run", root=root) as workspace:
            workspace.wait_until_ready()
            done = slate_env(workspace, "create", "x", "numpy")

    assert done.returncode == 1
    assert "the mirror does not answer (http://127.0.0.1:9/latest/fixture)" in done.stderr


def test_a_killed_create_leaves_nothing_that_counts(default_image, tmp_path):
    home = make_home(tmp_path / "home")
    with started(default_image, tmp_path / "run", home=home) as workspace:
        workspace.wait_until_ready()
        # The prefix appears, and the command dies before it is done.
        code = (
            "slate-env create half numpy pandas & child=$!; "
            "until [ -d ~/.slate/envs/half/conda-meta ] || ! kill -0 $child; do :; done; kill -9 $child; wait $child"
        )
        killed = workspace.container.run("bash", "-c", code)

        assert killed.returncode == 128 + signal.SIGKILL
        assert slate_env(workspace, "list").stdout == ""
        again = slate_env(workspace, "create", "half", "tomli", "--no-kernel")
        assert again.returncode == 0, again.stderr
        assert "numpy" not in slate_env(workspace, "list", "half").stdout


def test_two_at_once_are_refused(workspace: Workspace):
    holder = subprocess.Popen(
        [*workspace.container.runc, "exec", "--user=1000:0", workspace.container.name, "flock",
         "/home/workspace/.slate/envs/.lock", "sleep", "20"],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        time.sleep(1)
        done = slate_env(workspace, "create", "x", "numpy")
    finally:
        workspace.container.run("pkill", "-x", "sleep")
        holder.wait(30)

    assert done.returncode == 1
    assert "another slate-env is at work" in done.stderr


def test_help_and_usage(workspace: Workspace):
    assert "slate-env create analysis" in slate_env(workspace, "--help").stdout
    assert slate_env(workspace).returncode == 2
    assert slate_env(workspace, "--version").stdout.startswith("slate-env ")
