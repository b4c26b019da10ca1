"""`make up` asks first what a change would do to what exists already, and changes nothing if a rule forbids it.

That needs a preview, which costs about as much as an update without changes. So it is only made where there is
something to judge: not for a new stack, and not if neither the program, its settings nor the state differ from what
they were when the last update succeeded.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.preview import comment, recording, terminal, verdict
from tools.stack import configuration, locks, previewing
from tools.stack.layout import Layout
from tools.stack.progress import Progress
from tools.stack.pulumi import PROJECT, Outcome
from tools.stack.session import Session

PROGRAM = ("Pulumi.yaml", "__main__.py", "components", "images", "policies", "services", "settings")
"""What decides, besides the settings, what is declared."""


def before(session: Session, progress: Progress, *, adopt: bool) -> Outcome | None:
    """Judge an update before it changes anything.

    Args:
        session: The stack.
        progress: Where to say what is going on.
        adopt: The state may lack objects of an interrupted run.

    Returns:
        How the preview ended; None if there was nothing to judge.

    Raises:
        StackProblem: A rule forbids the change.
    """
    if not _needed(session):
        return None
    progress.note("looking first at what the change does to what exists")
    outcome, log = previewing.execute(session, [], adopt=adopt, shown=False)
    found = previewing.as_it_ended(recording.read(log, session.request.stack), outcome, session.pulumi.environment)
    analysis = previewing.judged(found, session.layout)
    if outcome.exit_code or not verdict.verdict(found, analysis).passes:
        progress.say()
        progress.say(terminal.write(comment.document(found, analysis)))
    if outcome.exit_code == 0:
        previewing.refuse(found, analysis)
    return outcome


def passed(session: Session) -> None:
    """Remember what an update that has succeeded was made of."""
    state = _state(session)
    if state:
        content = {"program": _program(session), "state": state}
        configuration.write_private(session.layout.judged(session.request.stack), json.dumps(content) + "\n")


def _needed(session: Session) -> bool:
    state = _state(session)
    if state is None:
        return bool(session.pulumi.resources())  # a backend that cannot be looked into
    if not state:
        return False
    try:
        known = json.loads(session.layout.judged(session.request.stack).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known == {"program": _program(session), "state": state}:
        return False
    return bool(session.pulumi.resources())  # a stack that was just made has a state, with nothing in it


def _state(session: Session) -> str | None:
    """A fingerprint of the stack's state; empty if there is none, None if the backend is not on this machine."""
    backend = locks.local_backend(session.pulumi.environment.get("PULUMI_BACKEND_URL", ""), session.layout.root)
    if backend is None:
        return None
    files = sorted((backend / ".pulumi" / "stacks" / PROJECT).glob(f"{session.request.stack}.json*"))
    return _digest((path for path in files if path.suffix in (".json", ".gz")), backend)


def _program(session: Session) -> str:
    layout = session.layout
    # The file that Pulumi reads, or the stack's own where that is the same.
    files = [layout.merged_file(session.request.stack), layout.settings_file(session.request.stack)]
    variables = json.dumps(dict(sorted(session.supplied.variables.items())))
    return _digest([*_sources(layout), *(path for path in files if path.exists())], layout.root, variables)


def _sources(layout: Layout) -> Iterator[Path]:
    for name in PROGRAM:
        place = layout.root / name
        paths = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def _digest(paths: Iterable[Path], root: Path, text: str = "") -> str:
    """One fingerprint of some files, by their names and contents; empty if there are none."""
    made, empty = hashlib.sha256(text.encode()), True
    for path in paths:
        empty = False
        made.update(f"{path.relative_to(root)}\0".encode())
        made.update(hashlib.sha256(path.read_bytes()).digest())
    return "" if empty else made.hexdigest()
