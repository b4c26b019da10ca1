import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.conftest import binaries
from tools.bootstrap.environment import environment, pulumi_environ
from tools.bootstrap.workplace import Workplace
from tools.paths import BIN, PULUMI_HOME


def environ(root: Path, **variables: str) -> dict[str, str]:
    return pulumi_environ(Workplace(root, {"PATH": "/usr/bin:/bin", "HOME": "/home/someone", **variables}))


def test_is_safe_before_anything_is_installed(tmp_path: Path) -> None:
    values = environ(tmp_path)

    assert values["PATH"] == f"{tmp_path}/.slate/bin:{tmp_path}/.slate/venv/bin:/usr/bin:/bin"
    assert values["PULUMI_HOME"] == f"{tmp_path}/.slate/pulumi"
    assert values["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/.slate/state"
    assert (tmp_path / ".slate" / "state").is_dir()


def test_nothing_asks_the_network(tmp_path: Path) -> None:
    values = environ(tmp_path)

    assert values["PULUMI_SKIP_UPDATE_CHECK"] == "true"
    assert values["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"


def test_a_clone_has_one_passphrase_that_nobody_else_reads(tmp_path: Path) -> None:
    first = Path(environ(tmp_path)["PULUMI_CONFIG_PASSPHRASE_FILE"])
    text = first.read_text()
    second = Path(environ(tmp_path)["PULUMI_CONFIG_PASSPHRASE_FILE"])

    assert second.read_text() == text
    assert len(text) >= 40
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert [path.name for path in first.parent.iterdir() if "passphrase" in path.name] == ["passphrase"]


def test_clones_have_different_passphrases(tmp_path: Path) -> None:
    texts = {Path(environ(tmp_path / name)["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text() for name in ("a", "b")}

    assert len(texts) == 2


def test_the_users_own_backend_and_passphrase_stay(tmp_path: Path) -> None:
    values = environ(tmp_path, PULUMI_BACKEND_URL="s3://bucket", PULUMI_CONFIG_PASSPHRASE="")

    assert values["PULUMI_BACKEND_URL"] == "s3://bucket"
    assert values["PULUMI_CONFIG_PASSPHRASE"] == ""
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in values
    assert not (tmp_path / ".slate" / "state").exists()
    assert not (tmp_path / ".slate" / "passphrase").exists()


def test_another_python_environment_of_the_shell_does_not_leak_in(tmp_path: Path) -> None:
    values = environ(tmp_path, PYTHONPATH="/x", VIRTUAL_ENV="/y", KUBECONFIG="/z")

    assert "PYTHONPATH" not in values
    assert "VIRTUAL_ENV" not in values
    assert values["KUBECONFIG"] == "/z"


def test_path_does_not_grow_when_applied_twice(tmp_path: Path) -> None:
    once = environ(tmp_path)

    assert pulumi_environ(Workplace(tmp_path, once))["PATH"] == once["PATH"]


def test_plugins_of_path_are_left_out_only_if_the_language_host_is_found_without_path(tmp_path: Path) -> None:
    bare = tmp_path / "usr" / "pulumi"
    bare.parent.mkdir()
    bare.touch()
    clone = Workplace(tmp_path / "clone", {"PATH": "/usr/bin"})
    clone.bin.mkdir(parents=True)
    (clone.bin / "pulumi").symlink_to(bare)
    (clone.bin / "pulumi-language-python").touch()
    without = pulumi_environ(clone)
    (bare.parent / "pulumi-language-python").touch()
    beside = pulumi_environ(clone)

    assert "PULUMI_IGNORE_AMBIENT_PLUGINS" not in without
    assert beside["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"


def test_by_default_it_is_the_environment_of_this_clone() -> None:
    values = environment()

    assert values["PATH"].split(os.pathsep)[0] == str(BIN)
    assert values["PULUMI_HOME"] == str(PULUMI_HOME)


def test_a_user_whom_the_system_does_not_know_gets_a_name_and_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getuid", lambda: 3_999_999_999)

    values = environ(tmp_path, HOME="")

    assert values["USER"] == "uid-3999999999"
    assert values["HOME"] == f"{tmp_path}/.slate/home"
    assert Path(values["HOME"]).is_dir()


def test_a_users_name_and_home_stay(tmp_path: Path) -> None:
    values = environ(tmp_path, USER="alice", HOME="/home/alice")

    assert (values["USER"], values["HOME"]) == ("alice", "/home/alice")


def test_pulumi_writes_no_automatic_logs(tmp_path: Path) -> None:
    logs = tmp_path / ".slate" / "pulumi" / "logs"
    logs.mkdir(parents=True)
    (logs / "old.log").touch()

    environ(tmp_path)
    environ(tmp_path)

    assert "SLATE_PULUMI_LOGS=1" in logs.read_text()


def test_automatic_logs_can_be_asked_for(tmp_path: Path) -> None:
    environ(tmp_path, SLATE_PULUMI_LOGS="1")

    assert not (tmp_path / ".slate" / "pulumi" / "logs").exists()


@pytest.mark.cluster
def test_the_cli_really_goes_on_without_its_logs(tmp_path: Path) -> None:
    values = environ(tmp_path)
    logs = tmp_path / ".slate" / "pulumi" / "logs"
    before = logs.read_text()

    answer = subprocess.run(
        [binaries() / "pulumi", "stack", "ls"], env=values, capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert "no Pulumi.yaml" in answer.stderr  # what was asked is answered as ever
    assert logs.read_text() == before


def test_the_users_shell_chooses_neither_the_stack_nor_its_configuration(tmp_path: Path) -> None:
    values = environ(tmp_path, PULUMI_STACK="eks", PULUMI_OPTION_CONFIG_FILE="/elsewhere/Pulumi.eks.yaml")

    assert "PULUMI_STACK" not in values
    assert "PULUMI_OPTION_CONFIG_FILE" not in values
