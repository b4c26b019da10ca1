"""Waiting until the workspaces that should be awake are ready: bounded, and saying for whom it waits."""

import time
from collections.abc import Callable, Sequence

from tools.stack.overview import Workspace
from tools.stack.progress import Progress, duration

POLL = 0.5
SAY_AGAIN = 10.0
NAMED = 3


def wait(
    look: Callable[[], Sequence[Workspace]],
    progress: Progress,
    limit: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> list[Workspace]:
    """Look until every workspace is ready or asleep, or the time is up.

    Args:
        look: Returns the workspaces as they are now.
        progress: Where to say how it goes: at each change, and now and then while nothing changes.
        limit: Seconds to wait at most.
        clock: Seconds that never go back.
        pause: Sleeps.

    Returns:
        The workspaces that are neither; empty if all is well.
    """
    began = clock()
    said, said_at = "", began - SAY_AGAIN
    while True:
        found = look()
        late = [space for space in found if space.state not in ("ready", "asleep")]
        text = describe(found, late)
        now = clock()
        if text != said or (late and now - said_at >= SAY_AGAIN):
            waited = f" ({duration(now - began)})" if text == said else ""
            progress.note(f"{text}{waited}")
            said, said_at = text, now
        if not late or now - began >= limit:
            return late
        pause(POLL)


def describe(found: Sequence[Workspace], late: Sequence[Workspace]) -> str:
    """How many are ready or asleep, and the first few that are neither."""
    asleep = sum(space.state == "asleep" for space in found)
    ready = sum(space.state == "ready" for space in found)
    text = f"{ready} of {len(found) - asleep} workspaces ready" + (f", {asleep} asleep" if asleep else "")
    if not late:
        return text
    names = ", ".join(f"{space.project}/{space.name}" for space in late[:NAMED])
    more = f" and {len(late) - NAMED} more" if len(late) > NAMED else ""
    return f"{text}; waiting for {names}{more}"
