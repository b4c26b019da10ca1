"""Fixtures: a site with a tiny channel and one environment."""

from pathlib import Path

import pytest
import yaml

from tests.tools.lock.support import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with the environment `default` on Python 3.10, nothing locked yet."""
    site = Site(tmp_path)
    site.packages()
    site.layers()
    site.environment("default", requiredImports=["lab", "numeric"])
    platform = {"name": "platform", "dependencies": ["tool"], "slate": {"python": "3.12"}}
    (tmp_path / "platform.yml").write_text(yaml.safe_dump(platform))
    return site
