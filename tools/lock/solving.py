"""Solves one layer for one platform, and says what to do where there is no solution."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.conda_mirror import rattler
from services.conda_mirror.errors import MirrorError, SolveError
from services.conda_mirror.records import Record
from tools.lock.available import advice
from tools.lock.errors import LockError
from tools.lock.plan import Layer


async def solve(
    layer: Layer,
    platform: str,
    *,
    pinned: Sequence[Record],
    virtual: Sequence[str],
    exclude_newer: datetime | timedelta | None,
    repodata: rattler.Repodata,
) -> list[Record]:
    """Return the packages of a layer, in the order to install them in.

    Args:
        layer: what is asked for.
        platform: such as `linux-64`.
        pinned: the packages of the layer below, all of which are part of the answer.
        virtual: the virtual packages.
        exclude_newer: which packages are too new.
        repodata: the channels' metadata, read once for all layers.

    Raises:
        LockError: there is no solution, or it does not do; the text has the solver's reason.
    """

    async def solved(specs: Sequence[str], pinned: Sequence[Record]) -> list[Record]:
        return await rattler.solve(
            layer.channels,
            specs,
            platform,
            pinned=pinned,
            virtual=virtual,
            exclude_newer=exclude_newer,
            cache=repodata,
        )

    try:
        records = await solved(layer.specs, pinned)
    except SolveError as error:
        alone = False
        if pinned and layer.kind == "environment":
            with contextlib.suppress(MirrorError):
                await solved(layer.alone, ())
                alone = True
        raise LockError(_conflict(layer, platform, str(error), alone)) from None
    except MirrorError as error:
        raise LockError(advice(error, layer.channels)) from None
    missing = {record.url for record in pinned} - {record.url for record in records}
    if missing:
        raise LockError(f"{layer.name}: the solver dropped {', '.join(sorted(missing))} of {layer.parent}")
    absent = sorted(set(layer.required_packages) - {record.name for record in records})
    if absent:
        raise LockError(
            f"{layer.path}: a workspace starts {' and '.join(absent)}, which this environment does not have. Add to "
            f"its dependencies: {', '.join(absent)}."
        )
    unhashed = [record.url for record in records if not record.sha256]
    if unhashed:
        raise LockError(f"{layer.name}: the channel gives no sha256 for {', '.join(unhashed)}, so it cannot be locked")
    return records


def _conflict(layer: Layer, platform: str, reason: str, alone: bool) -> str:
    indented = "\n".join(f"    {line}" for line in reason.strip().splitlines())
    if layer.parent is None or layer.kind != "environment":
        what = "the packages exclude each other" if layer.kind == "environment" else f"{layer.name} has no solution"
        return f"{layer.path}: {what} ({platform}).\n{indented}\n  Change the versions that it asks for."
    text = f"{layer.path}: the packages do not fit on {layer.parent} ({platform}).\n{indented}\n"
    if not alone:
        return text + "  Change the versions that it asks for."
    return (
        text + "  Change the versions that it asks for, or give it a full lock of its own: add `detached: true` under "
        "`slate:`.\n  Its image then shares no layer with the others, so it takes more space and longer to pull."
    )
