from pathlib import Path

import pytest

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.gomod import go_version, module_version

GO_MOD = """module example.org/tools

go 1.26.0

replace example.org/b => example.org/fork v9.9.9

require example.org/single/v3 v3.1.4

require (
\texample.org/a v1.2.3
\texample.org/b v0.0.0-20240101000000-abcdefabcdef // indirect
)
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text(GO_MOD)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("example.org/a", "1.2.3"),
        ("example.org/b", "0.0.0-20240101000000-abcdefabcdef"),
        ("example.org/single/v3", "3.1.4"),
    ],
)
def test_reads_required_versions(module: Path, name: str, version: str) -> None:
    assert module_version(module, name) == version


def test_reads_the_go_version(module: Path) -> None:
    assert go_version(module) == "1.26.0"


def test_names_the_file_and_the_module_that_is_not_required(module: Path) -> None:
    with pytest.raises(BootstrapError, match=r"go\.mod does not require example\.org/c"):
        module_version(module, "example.org/c")


def test_names_the_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match=r"nowhere/go\.mod cannot be read"):
        go_version(tmp_path / "nowhere")
