"""A shell in which `make shell-env` of one clone was evaluated, and `make` of another one."""

from pathlib import Path

from tools.bootstrap.environment import pulumi_environ
from tools.bootstrap.search import files_on_path
from tools.bootstrap.workplace import Workplace

SHELL = {"PATH": "/usr/bin", "HOME": "/home/someone"}
EXPORTED = ("PATH", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE")


def shell_of(clone: Path) -> dict[str, str]:
    made = pulumi_environ(Workplace(clone, SHELL))
    return {**SHELL, **{name: made[name] for name in EXPORTED}}


def test_the_other_clones_state_passphrase_and_tools_are_not_used(tmp_path: Path) -> None:
    shell = shell_of(tmp_path / "a")

    values = pulumi_environ(Workplace(tmp_path / "b", shell))

    assert values["PULUMI_BACKEND_URL"] == (tmp_path / "b/.slate/state").as_uri()
    assert values["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(tmp_path / "b/.slate/passphrase")
    assert values["PULUMI_HOME"] == str(tmp_path / "b/.slate/pulumi")
    assert str(tmp_path / "a") not in values["PATH"]


def test_the_other_clones_tools_are_not_linked(tmp_path: Path) -> None:
    shell = shell_of(tmp_path / "a")
    tool = tmp_path / "a/.slate/bin/tool"
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.touch(mode=0o755)

    assert list(files_on_path(Workplace(tmp_path / "b", shell), "tool")) == []


def test_a_clones_own_shell_stays_as_it_is(tmp_path: Path) -> None:
    shell = shell_of(tmp_path / "a")

    assert Workplace(tmp_path / "a", shell).environ == shell


def test_a_clone_by_another_path_to_it_is_the_same_clone(tmp_path: Path) -> None:
    shell = shell_of(tmp_path / "a")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    assert Workplace(tmp_path / "link", shell).environ == shell


def test_a_backend_that_the_user_named_stays(tmp_path: Path) -> None:
    shell = {**shell_of(tmp_path / "a"), "PULUMI_BACKEND_URL": "s3://bucket", "PULUMI_CONFIG_PASSPHRASE_FILE": "/x"}

    values = pulumi_environ(Workplace(tmp_path / "b", shell))

    assert values["PULUMI_BACKEND_URL"] == "s3://bucket"
    assert values["PULUMI_CONFIG_PASSPHRASE_FILE"] == "/x"


def test_a_state_in_another_clone_that_was_named_on_purpose_stays(tmp_path: Path) -> None:
    state = (tmp_path / "a/.slate/state").as_uri()

    values = pulumi_environ(Workplace(tmp_path / "b", {**SHELL, "PULUMI_BACKEND_URL": state}))

    assert values["PULUMI_BACKEND_URL"] == state
