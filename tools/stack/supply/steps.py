"""Brings about what the images of a stack are built with, step by step; a step with nothing to do takes no time."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from settings import Settings
from tools.bootstrap.ensure import ensure
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.progress import Progress as ToolProgress
from tools.bootstrap.workplace import Workplace
from tools.local import Local, LocalError, LocalStatus, services
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress, duration
from tools.stack.supply import programs
from tools.stack.supply.base_image import base_image
from tools.stack.supply.decision import Decision, decide
from tools.stack.supply.supplied import Supplied, built, described, not_built, remember, remembered

GROUPS = ("docker-build", "registry", "runc")


def prepare(stack: str, layout: Layout, settings: Settings, progress: Progress) -> Supplied:
    """Start and fill what the stack's images are built with.

    Args:
        stack: The stack's name.
        layout: The clone.
        settings: The stack's settings, as committed.
        progress: Where to say what is going on.

    Raises:
        StackProblem: A step failed; the message says which, why, and how to go on without images.
    """
    if not settings.images.build:
        return Supplied()
    decision = decide(settings)
    if not decision.build:
        supplied = not_built(decision.why_not)
        progress.note(f"images are {supplied.images}")
        return supplied
    with _step("tools", progress):
        _tools(layout, decision)
    try:
        with _step("local services", progress):
            status = _services(layout, decision, progress)
        values = _fill(layout, settings, status, progress)
    except LocalError as error:
        raise StackProblem(f"{error}\nTo go on without images: make up IMAGES=0") from error
    remember(layout.images(stack), values)
    return built(values, status.docker_config)


def foreseen(stack: str, layout: Layout, settings: Settings, progress: Progress) -> Supplied:
    """Return what the next `make up` will supply, for a preview; nothing is started and no image built.

    Only the locks are brought up to date, so that an edited environment shows as an image that is to be built. They
    are left alone where that would take the build of the channel, which is for `make up`.

    Raises:
        StackProblem: The locks cannot be made; `make up` would fail on them too.
    """
    return _without_starting(stack, layout, settings, progress, renew=True)


def known(stack: str, layout: Layout, settings: Settings, progress: Progress) -> Supplied:
    """Return what the last `make up` supplied, for commands that run no program, build nothing and start nothing."""
    return _without_starting(stack, layout, settings, progress, renew=False)


def applied(stack: str, layout: Layout, *, built_here: bool) -> str:
    """Say what the images of a stack are that was applied before.

    Args:
        stack: The stack's name.
        layout: The clone.
        built_here: Whether the stack has images among its outputs.
    """
    values = remembered(layout.images(stack))
    return described(values) if built_here and values else "not built; placeholders are used"


def _without_starting(stack: str, layout: Layout, settings: Settings, progress: Progress, *, renew: bool) -> Supplied:
    if not settings.images.build:
        return Supplied()
    decision = decide(settings)
    if not decision.build:
        supplied = not_built(decision.why_not)
        progress.note(f"images are {supplied.images}")
        return supplied
    values = remembered(layout.images(stack))
    if not values:
        progress.note("no image has been built here yet, `make up` does: placeholders are used")
        return not_built("not yet")
    if renew and programs.channel_exists(settings, layout):
        with _step("locks", progress):
            locks, _ = programs.make_locks(settings, layout, progress.note)
        values["locks"] = str(locks)
    return built(values, Local(layout.local, layout.binaries).layout.docker_config)


def _fill(layout: Layout, settings: Settings, status: LocalStatus, progress: Progress) -> dict[str, str]:
    local = Local(layout.local, layout.binaries)
    with _step("locks", progress):
        locks, channel = programs.make_locks(settings, layout, progress.note)
    with _step("mirror", progress):
        root = local.layout.mirror
        programs.sync_mirror(settings, layout, locks, channel, root=root, report=progress.note)
    with _step("base image", progress):
        debian = base_image(settings, layout, status.registry, progress.note)
    values = {"registry": status.registry, "mirror": status.mirror, "debian": debian, "locks": str(locks)}
    return values | ({"builder": status.builder} if status.builder else {})


def _tools(layout: Layout, decision: Decision) -> None:
    groups = GROUPS if decision.own_builder else GROUPS[:2]
    place = Workplace(root=layout.root)
    try:
        ensure(groups, place, ToolProgress(os.environ))
    except BootstrapError as error:
        raise StackProblem(f"{error}\nTo go on without images: make up IMAGES=0") from error


def _services(layout: Layout, decision: Decision, progress: Progress) -> LocalStatus:
    need = {services.REGISTRY, services.MIRROR} | ({services.BUILDKIT} if decision.own_builder else set())
    return Local(layout.local, layout.binaries).up(need, progress.note)


@contextmanager
def _step(name: str, progress: Progress) -> Iterator[None]:
    began = time.monotonic()
    yield
    progress.note(f"{name}: {duration(time.monotonic() - began)}")
