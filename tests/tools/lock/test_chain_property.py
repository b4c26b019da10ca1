"""Whatever the channel has, a lock contains the one below it, or there is none."""

import asyncio
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.records import Record
from tests.tools.lock.support import URL, Package, write_channel
from tools.lock import LockError
from tools.lock.plan import Layer
from tools.lock.solving import solve

NAMES = ["alpha", "beta", "gamma", "delta", "epsilon"]
LIMITS = ["", " <2", " >=2", " 1.*", " !=2"]


@st.composite
def universes(draw: st.DrawFn) -> list[Package]:
    """Packages in up to three versions, each needing some of those before it in the alphabet of names."""
    packages: list[Package] = [("python", "3.10.1", ())]
    for place, name in enumerate(NAMES):
        for version in draw(st.sets(st.integers(1, 3), min_size=1)):
            needs = draw(st.lists(st.sampled_from(NAMES[:place]), unique=True)) if place else []
            packages.append((name, f"{version}.0", [f"{need}{draw(st.sampled_from(LIMITS))}" for need in needs]))
    return packages


wishes = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(LIMITS)).map("".join), min_size=1, max_size=3, unique=True
)


def solved(channel: ChannelSource, specs: list[str], pinned: list[Record], cache: Path) -> list[Record] | None:
    layer = Layer("layer", "environment", "3.10", tuple(specs), (channel,), "below", Path("layer.yml"))
    virtual = rattler.virtual_packages("linux-64")
    try:
        return asyncio.run(
            solve(
                layer,
                "linux-64",
                pinned=pinned,
                virtual=virtual,
                exclude_newer=None,
                repodata=rattler.Repodata(cache),
            )
        )
    except LockError:
        return None


@given(universe=universes(), below=wishes, above=wishes)
@settings(max_examples=40)
def test_a_lock_contains_the_one_below(universe: list[Package], below: list[str], above: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_channel(Path(folder, "channel"), universe)
        channel = ChannelSource("tiny", URL, Path(folder, "channel").as_uri())
        lower = solved(channel, ["python", *below], [], Path(folder, "cache"))
        if lower is None:
            return

        upper = solved(channel, ["python", *below, *above], lower, Path(folder, "cache"))

    if upper is not None:
        assert {record.url for record in lower} <= {record.url for record in upper}
        assert {spec.split()[0] for spec in above} <= {record.name for record in upper}
