"""JupyterLab and sshd start without rights on a read-only root, come back, and end cleanly."""

import re
import signal

import pytest

from tests.images.workspace import TOKEN, Workspace, started

pytestmark = pytest.mark.images

PROCESSES = r"""
for d in /proc/[0-9]*; do
  uids=$(grep ^Uid: "$d/status") && arguments=$(tr '\0\n' '  ' < "$d/cmdline") && echo "${d#/proc/}|$uids|$arguments"
done 2>/dev/null"""


def processes(workspace: Workspace) -> dict[int, tuple[str, str]]:
    """Process -> its uids and its command line."""
    found = {}
    for line in workspace.container.run("bash", "-c", PROCESSES).stdout.splitlines():
        number, uids, command = line.split("|", 2)
        if command.strip():
            found[int(number)] = (uids, command)
    return found


def find(workspace: Workspace, pattern: str) -> int:
    """The process whose command line matches."""
    return next(number for number, (_, command) in processes(workspace).items() if re.search(pattern, command))


def test_jupyterlab_answers_with_the_token_of_the_file_only(workspace: Workspace):
    assert workspace.get("/api/status")[0] == 200
    assert workspace.get("/lab")[0] == 200
    assert workspace.get("/api/status", token=None)[0] == 403
    assert workspace.get("/api/status", token="another")[0] == 403


def test_everything_runs_as_the_user_without_capabilities(workspace: Workspace):
    running = processes(workspace)
    capabilities = workspace.container.run("grep", "CapEff", "/proc/1/status").stdout.split()[1]

    assert {uids for uids, _ in running.values()} == {"Uid:\t1000\t1000\t1000\t1000"}
    assert int(capabilities, 16) == 0
    assert any("jupyterlab" in command for _, command in running.values())


def test_root_is_read_only_and_the_home_is_not(workspace: Workspace):
    run = workspace.container.run

    for path in ("/opt/conda/x", "/opt/slate/x", "/etc/x", "/x"):
        assert "Read-only file system" in run("touch", path).stderr
    assert run("touch", "/home/workspace/x").returncode == 0


def test_token_is_in_no_argument_environment_or_log(workspace: Workspace):
    workspace.get(f"/lab?token={TOKEN}", token=None)  # what a browser asks for first

    arguments = " ".join(command for _, command in processes(workspace).values())
    environments = workspace.container.run("bash", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n'").stdout

    assert "SLATE_TOKEN_FILE=" in environments
    assert TOKEN not in arguments
    assert TOKEN not in environments
    assert TOKEN not in workspace.container.output()


@pytest.mark.parametrize(("program", "other"), [(r"start_jupyterlab", "sshd"), (r"^sshd|/usr/sbin/sshd", "jupyterlab")])
def test_a_program_that_dies_comes_back_and_the_other_stays(default_image, tmp_path, program, other):
    with started(default_image, tmp_path) as workspace:
        workspace.wait_until_ready()
        victim, bystander = find(workspace, program), find(workspace, other)

        workspace.container.run("bash", "-c", f"kill -9 {victim}")

        workspace.container.wait_for("it was seen", lambda: "starting it again" in workspace.container.output())
        workspace.wait_until_ready()
        assert find(workspace, program) != victim
        assert find(workspace, other) == bystander


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_ends_cleanly(default_image, tmp_path, name):
    with started(default_image, tmp_path) as workspace:
        workspace.wait_until_ready()

        workspace.container.signal(name)

        assert workspace.container.wait() == 0
        assert f"ending on {signal.Signals[f'SIG{name}'].name}" in workspace.container.output()
        assert "was killed" not in workspace.container.output()


@pytest.mark.parametrize("token", [None, "", "\n"])
def test_without_a_token_nothing_opens(default_image, tmp_path, token):
    with started(default_image, tmp_path, token=token) as workspace:
        assert workspace.container.wait() == 1
        assert "no token in /run/slate/token/token" in workspace.container.output()
        assert workspace.get("/api")[0] == 0


def test_runs_with_the_group_that_the_pod_gives(default_image, tmp_path):
    """The pod sets `runAsGroup: 1000`; the image says 0."""
    with started(default_image, tmp_path, user=(1000, 1000)) as workspace:
        workspace.wait_until_ready()

        assert workspace.health("--full", "--server")[0] == 0
        assert workspace.ssh("id -g").stdout.strip() == "1000"


def test_the_format_iri_is_judged_as_if_its_package_had_been_loaded_at_once(workspace: Workspace):
    judge = """
import sys
sys.path.insert(0, "/opt/slate")
if sys.argv[1] == "late":
    import start_jupyterlab as late
    sys.modules[late.LATE] = late.Late(late.LATE)
import jsonschema
validator = jsonschema.Draft7Validator({"format": "iri"}, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
print("lark" in sys.modules, [validator.is_valid(value) for value in ("http://\\u00e4.example/x", "no iri", "a:b")])
"""

    late, once = (
        workspace.container.run("python", "-I", "-B", "-c", judge, how).stdout.strip() for how in ("late", "once")
    )

    assert once == "True [True, False, True]"
    assert late == "False [True, False, True]"
