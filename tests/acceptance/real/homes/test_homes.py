"""Homes outlive pods, and whatever is wrong in one, its workspace starts, so that its owner can mend it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.clone import states
from tests.acceptance.real_clone import RealClone, Space

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

SITE = "~/.local/lib/python$(python -c 'import sys; print(\"%d.%d\" % sys.version_info[:2])')/site-packages"
# Runs inside: reserves nearly all the space that there is at once, and fills the rest.
FILL = """
import os
home, step = "/home/workspace", 1 << 20
space = os.statvfs(home)
size = space.f_bavail * space.f_frsize
big = os.open(f"{home}/big", os.O_WRONLY | os.O_CREAT)
while size > 0:
    try:
        os.posix_fallocate(big, 0, size)
        break
    except OSError:
        size -= step
for block in (step, 4096, 1):
    with open(f"{home}/rest", "ab", buffering=0) as rest:
        try:
            while rest.write(bytes(block)) == block:
                pass
        except OSError:
            pass
"""


@pytest.fixture(scope="module")
def space(clone: RealClone, key: Path) -> Iterator[Space]:
    """Frank's workspace; he works on as if nothing had been, when all tests of this file are done."""
    made = Space(clone, "frank", "language", key)
    yield made
    made.restart()


@pytest.fixture
def mended(space: Space) -> Iterator[Space]:
    """Deletes what a test broke in the home."""
    yield space
    space.inside("bash", "--norc", "-c", "rm -rf ~/.[!.]* ~/*")


def broken(space: Space, script: str) -> None:
    """Breaks something in the home, and starts its workspace anew."""
    space.inside("bash", "-c", f"set -e; {script}")
    space.restart()


def usable(space: Space, *, shell: bool = True) -> None:
    """JupyterLab answers, a cell runs, and a command by SSH."""
    jupyter = space.jupyter()
    assert jupyter.ask("/lab").status == 200
    assert jupyter.run("import numpy; print(numpy.arange(5).sum())") == "10\n"
    if shell:
        answer = space.ssh("echo alive")
        assert answer.stdout.strip() == "alive", answer.stderr
    assert space.pod()["status"]["containerStatuses"][0]["restartCount"] == 0


def test_a_home_survives_the_destruction_of_its_pod(space):
    space.inside("bash", "-c", "echo mine > ~/file; mkdir -p ~/folder; ln -sf ../file ~/folder/link")
    before = space.ssh("hostname; stat -c %i file").stdout

    space.restart()

    assert space.ssh("cat folder/link").stdout.strip() == "mine"
    assert space.ssh("hostname; stat -c %i file").stdout == before
    space.inside("rm", "-r", "/home/workspace/file", "/home/workspace/folder")


def test_starts_with_a_full_home(mended):
    """All of a home's size is taken, as file systems see it; what is reserved only takes nothing of the machine."""
    space, machine = (
        mended.inside("stat", "--file-system", "--format=%i", path) for path in ("/home/workspace", "/tmp")
    )
    if space == machine:
        pytest.skip("on this machine homes are folders without a size of their own (docs/node.md)")
    mended.inside("python", "-c", FILL)
    assert mended.inside("stat", "--file-system", "--format=%a", "/home/workspace").strip() == "0"

    mended.restart()

    usable(mended)
    # `make up` waits for workspaces, and would wait for this one.
    assert states(mended.clone.run("status"))["frank"] == "ready"
    assert "starts without settings of its own" in mended.log()
    assert mended.jupyter().ask("/api/contents/big", method="DELETE").status == 204
    assert mended.inside("bash", "-c", "echo room > ~/file; cat ~/file").strip() == "room"


@pytest.mark.parametrize("module", ["jupyter_server", "sitecustomize"])
def test_starts_with_a_broken_local_folder(mended, module):
    """Packages of `pip install --user`: kernels do see them, JupyterLab and the platform's programs do not."""
    broken(mended, f"mkdir -p {SITE}; echo \"raise SystemExit('broken by the user')\" > {SITE}/{module}.py")

    jupyter = mended.jupyter()
    assert jupyter.ask("/lab").status == 200
    assert mended.ssh("slate-env --version; health-check --full").stdout.startswith("slate-env ")
    if module == "jupyter_server":  # which kernels do not load
        usable(mended)
    assert mended.pod()["status"]["containerStatuses"][0]["restartCount"] == 0


THEMES = "lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"


@pytest.mark.parametrize(
    "files",
    [
        {"jupyter_server_config.py": "raise ValueError('half way')"},
        {"jupyter_server_config.py": "import os; os._exit(3)"},
        {"jupyter_server_config.json": "{ this is no JSON", THEMES: "{ broken"},
    ],
    ids=["settings that raise", "settings that end the process", "settings that are no JSON"],
)
def test_starts_with_a_broken_jupyter_folder(mended, files):
    writing = (
        f'mkdir -p "$(dirname ~/.jupyter/{path})"; echo "{text}" > ~/.jupyter/{path}' for path, text in files.items()
    )
    broken(mended, "; ".join(writing))

    usable(mended)


def test_starts_with_a_broken_environment_of_the_user(mended):
    """Its kernel is in the launcher and does not start; that of the image does."""
    kernels = "~/.local/share/jupyter/kernels"
    specification = '{"argv": ["/home/workspace/.slate/envs/mine/bin/python"], "display_name": "mine"}'
    broken(
        mended,
        f"mkdir -p {kernels}/slate-mine {kernels}/slate-other ~/.slate/envs/mine/bin ~/.slate/envs/mine/conda-meta;"
        f" echo '{specification}' > {kernels}/slate-mine/kernel.json; echo '{{' > {kernels}/slate-other/kernel.json;"
        " echo garbage > ~/.slate/envs/mine/bin/python; chmod +x ~/.slate/envs/mine/bin/python;"
        " echo garbage > ~/.slate/envs/mine/conda-meta/slate.requests",
    )

    usable(mended)
    jupyter = mended.jupyter()
    assert {"python3", "slate-mine"} <= set(jupyter.ask("/api/kernelspecs").json()["kernelspecs"])
    assert jupyter.ask("/api/kernels", method="POST", value={"name": "slate-mine"}).status == 500


def test_starts_with_start_files_of_shells_that_end_them(mended):
    """A shell by SSH is its owner's own affair then; files still come by sftp, and JupyterLab by the browser."""
    broken(mended, "for file in .bashrc .profile .bash_profile; do echo 'exit 1' > ~/$file; done")

    usable(mended, shell=False)
