import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.clone import Clone
from tests.conftest import binaries


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone of its own for the tests of one file, which build on each other in their order."""
    root = Path(tmp_path_factory.mktemp("clone"))
    made = Clone(root / "slate", binaries())
    yield made
    made.destroy_everything()
    shutil.rmtree(root)
