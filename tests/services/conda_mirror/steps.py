"""Steps that several tests take."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.conda_mirror import rattler
from services.conda_mirror.configuration import Configuration
from tests.services.conda_mirror.support import Upstream, configure, sync


def first_sync(upstream: Upstream, root: Path, folder: Path, unchanged: Callable[[], None]) -> None:
    sync(root, configure(folder, [upstream.source()], take={"specs": ["foo"]}))
    unchanged()


def take_specs(upstream: Upstream, root: Path, folder: Path, *specs: str, **more: Any) -> None:
    sync(root, configure(folder, [upstream.source()], take={"specs": list(specs)}, **more))


def write_lock(path: Path, upstream: Upstream, specs: list[str], root: Path) -> None:
    channel = upstream.source()
    records = asyncio.run(rattler.solve([channel], specs, "linux-64", cache=root.with_name("cache")))
    rattler.write_lock(path, {"default": {"linux-64": records}}, [channel])


def two_configurations(upstream: Upstream, folder: Path) -> tuple[Configuration, Configuration]:
    """A small configuration, and one with a big package too."""
    (folder / "small").mkdir()
    (folder / "large").mkdir()
    channels = [upstream.source()]
    return (
        configure(folder / "small", channels, take={"specs": ["foo"]}),
        configure(folder / "large", channels, take={"specs": ["foo", "bar", "big"]}),
    )
