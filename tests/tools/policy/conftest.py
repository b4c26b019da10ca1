"""What the tests of `make policy` share."""

import shutil
from pathlib import Path

import pytest

from tools.paths import ROOT


@pytest.fixture
def files(tmp_path) -> Path:
    """The files with the settings alone."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path
