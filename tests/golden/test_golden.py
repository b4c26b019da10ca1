"""Golden files still hold; `make golden` accepts a change, and the diff is reviewed."""

import pytest
import yaml

from tests.components.manifests import validate
from tests.golden.produce import FILES, FOLDER


@pytest.mark.parametrize("name", sorted(FILES))
def test_golden_file_is_what_the_code_produces(name):
    assert FILES[name]() == (FOLDER / name).read_text()


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.endswith(".yaml")))
def test_golden_manifest_is_valid_kubernetes(name):
    validate(yaml.safe_load((FOLDER / name).read_text()))
