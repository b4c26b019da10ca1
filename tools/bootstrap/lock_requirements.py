"""Compiles the requirement files."""

from tools.bootstrap.ensure import interruptible
from tools.bootstrap.requirements import FILES, compile_command
from tools.bootstrap.session import Session, Task
from tools.bootstrap.uv import ensure_uv, python_environ
from tools.bootstrap.workplace import Workplace


def lock_requirements(place: Workplace) -> None:
    """Compile every requirements/*.in into a *.txt with hashes and without host names.

    Raises:
        BootstrapError: no set of versions fits, or the package index does not answer.
    """
    session = Session.open(place)
    task = Task(session, "lock")
    with interruptible(session):
        uv = ensure_uv(task)
        for name in FILES:
            session.progress.say(f"compiling requirements/{name}.txt")
            task.run(compile_command(uv, place.requirements, name), python_environ(place))
