"""Environments of a user's own: from the private mirror, in the home, with a kernel in JupyterLab."""

import pytest

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]


def test_a_user_makes_an_environment_from_the_mirror_and_uses_its_kernel(clone, key):
    """By SSH, as in JupyterLab's terminal; the kernel is there without a restart, and after one, too."""
    jupyter = clone.jupyter()
    made = clone.ssh(key, "slate-env create mine python numpy")
    try:
        assert made.returncode == 0, made.stderr
        assert "+ numpy " in made.stdout
        kernels = jupyter.ask("/api/kernelspecs").json()["kernelspecs"]
        assert kernels["slate-mine"]["spec"]["display_name"].endswith("(mine)")
        code = "import sys, numpy; print(sys.prefix, numpy.__file__.startswith(sys.prefix))"
        assert jupyter.run(code, "slate-mine") == "/home/workspace/.slate/envs/mine True\n"

        clone.restart()

        assert clone.jupyter().run(code, "slate-mine") == "/home/workspace/.slate/envs/mine True\n"
        assert clone.ssh(key, "slate-env list").stdout.split()[0] == "mine"
    finally:
        clone.ssh(key, "slate-env remove mine")
    assert "slate-mine" not in clone.jupyter().ask("/api/kernelspecs").json()["kernelspecs"]


def test_packages_come_from_the_mirror_alone(clone, key):
    """A channel of the internet is refused before anything is asked; pip has no index."""
    foreign = clone.ssh(key, "printf 'channels: [https://example.invalid/x]\\ndependencies: [numpy]\\n' > f.yml;"
                        " slate-env create other --file f.yml; rm f.yml")  # fmt: skip
    pip = clone.ssh(key, "python -m pip download --no-deps numpy -d /tmp/x")

    assert "not available here: `https://example.invalid/x`" in foreign.stderr
    assert pip.returncode != 0
    assert "No matching distribution found" in pip.stderr
