"""The language host of this repository over its protocol, as Pulumi's engine speaks it."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.gomod import module_version
from tools.bootstrap.in_use import language_host_in_use
from tools.paths import ROOT, VENV

pytestmark = pytest.mark.cluster
_SECONDS = 60


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        kind, _, where = language_host_in_use()
    except BootstrapError as error:
        pytest.fail(str(error))
    if kind != "offline":
        pytest.skip("upstream's language host is in use; nothing of ours to test")
    return Path(where)


@pytest.fixture
def process(binary: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen([binary], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as started:
        yield started
        started.kill()


@pytest.fixture
def host(process: "subprocess.Popen[str]") -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)


def program(folder: Path, text: str = "", **options: str) -> language_pb2.ProgramInfo:
    folder.mkdir(exist_ok=True)
    (folder / "__main__.py").write_text(text)
    values = Struct()
    values.update({"virtualenv": str(VENV), **options})
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=values
    )


def run(host: language_pb2_grpc.LanguageRuntimeStub, info: language_pb2.ProgramInfo, **fields):
    request = language_pb2.RunRequest(
        project="slate", stack="dev", pwd=info.program_directory, info=info, dryRun=True, **fields
    )
    return host.Run.future(request, timeout=_SECONDS)


def test_reports_the_sdk_that_it_was_built_from(host) -> None:
    version = module_version(ROOT / "tools/offline/language_host", "github.com/pulumi/pulumi/sdk/v3")

    assert host.GetPluginInfo(Empty(), timeout=_SECONDS).version == f"v{version}"


def test_lists_the_provider_plugins_of_the_environment(host, tmp_path: Path) -> None:
    request = language_pb2.GetRequiredPackagesRequest(info=program(tmp_path))

    packages = host.GetRequiredPackages(request, timeout=_SECONDS).packages

    assert sorted((item.name, item.version, item.kind) for item in packages) == [
        ("docker", f"v{metadata.version('pulumi-docker')}", "resource"),
        ("docker-build", f"v{metadata.version('pulumi-docker-build')}", "resource"),
        ("kubernetes", f"v{metadata.version('pulumi-kubernetes')}", "resource"),
    ]


def test_lists_the_installed_packages(host, tmp_path: Path) -> None:
    request = language_pb2.GetProgramDependenciesRequest(info=program(tmp_path), transitiveDependencies=True)

    found = {item.name: item.version for item in host.GetProgramDependencies(request, timeout=_SECONDS).dependencies}

    assert found["pulumi"] == "3.272.0"


def test_tells_the_interpreter(host, tmp_path: Path) -> None:
    about = host.About(language_pb2.AboutRequest(info=program(tmp_path)), timeout=_SECONDS)

    assert Path(about.executable).is_relative_to(VENV)
    assert about.version.startswith("3.")


def test_a_program_gets_its_stack_and_configuration(host, tmp_path: Path) -> None:
    result = tmp_path / "result"
    text = (
        "import pulumi, pathlib\n"
        "config = pulumi.Config('slate')\n"
        "secret = pulumi.runtime.config.is_config_secret('slate:token')\n"
        f"pathlib.Path({str(result)!r}).write_text('|'.join([pulumi.get_project(), pulumi.get_stack(), "
        "config.require('domain'), str(secret), str(pulumi.runtime.is_dry_run())]))\n"
        "import os; os._exit(0)\n"
    )
    info = program(tmp_path / "program", text)
    config = {"slate:domain": "example.org", "slate:token": "x"}

    answer = run(host, info, config=config, configSecretKeys=["slate:token"]).result()

    assert result.read_text() == "slate|dev|example.org|True|True"
    assert answer.error == ""


def test_a_program_that_dies_is_reported(host, tmp_path: Path) -> None:
    answer = run(host, program(tmp_path, "import os; os._exit(7)\n")).result()

    assert answer.error == "the Python program ended with exit status 7"
    assert not answer.bail


def test_an_error_that_the_user_has_seen_is_not_reported_again(host, tmp_path: Path) -> None:
    answer = run(host, program(tmp_path, "import os; os._exit(32)\n")).result()

    assert answer.bail
    assert answer.error == ""


def test_cancel_ends_the_program(host, tmp_path: Path) -> None:
    started = tmp_path / "started"
    text = f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(600)\n"
    call = run(host, program(tmp_path / "program", text))
    deadline = time.monotonic() + _SECONDS
    while not started.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)

    host.Cancel(Empty(), timeout=_SECONDS)

    assert "signal: terminated" in call.result(timeout=_SECONDS).error


def test_an_unknown_toolchain_is_refused_with_the_allowed_ones(host, tmp_path: Path) -> None:
    call = run(host, program(tmp_path, toolchain="conda"))

    with pytest.raises(grpc.RpcError) as caught:
        call.result()

    assert 'unknown toolchain "conda" in the runtime options: use pip, uv or poetry' in str(caught.value)


def test_a_missing_environment_is_an_error(host, tmp_path: Path) -> None:
    call = run(host, program(tmp_path, virtualenv=str(tmp_path / "nowhere")))

    with pytest.raises(grpc.RpcError) as caught:
        call.result()

    assert "nowhere" in str(caught.value)


def test_ends_on_sigterm(host, process: "subprocess.Popen[str]") -> None:
    host.GetPluginInfo(Empty(), timeout=_SECONDS)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=_SECONDS) == 0


def test_says_that_the_executor_must_lie_beside_it(binary: Path, tmp_path: Path) -> None:
    alone = shutil.copy2(binary, tmp_path / "pulumi-language-python")

    result = subprocess.run([alone], capture_output=True, text=True, timeout=_SECONDS, check=False)

    assert result.returncode == 1
    assert "pulumi-language-python-exec must lie beside this binary" in result.stderr


def test_leaves_when_the_engine_is_gone(binary: Path) -> None:
    engine = (
        "import subprocess, sys, time; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", engine, binary], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.stdout.readline()  # the host's port: it serves
        parent.kill()

    deadline = time.monotonic() + _SECONDS
    while Path(f"/proc/{pid}/exe").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not Path(f"/proc/{pid}/exe").exists()
