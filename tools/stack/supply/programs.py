"""The programs that make locks and fill the mirror, run as processes of their own."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from settings import Settings
from tools.bootstrap.processes import Children
from tools.cluster.files import write_atomically
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem

FIXTURE = "fixture"
Report = Callable[[str], None]


def make_locks(settings: Settings, layout: Layout, report: Report) -> tuple[Path, Path | None]:
    """Make the locks that do not fit their sources any more.

    Returns:
        The folder of the locks, and the folder of the fixture channel if that is the upstream.

    Raises:
        StackProblem: They cannot be made, or a site's locks are missing.
    """
    channels = [channel.name for channel in settings.conda.upstream_channels]
    if FIXTURE not in channels:
        return _committed(settings, layout, channels[0]), None
    channel = Path(_run("channel", ["tools.fixture_channel", "build"], layout, report)[-1])
    if settings.images.locks:
        return _given(settings, layout), channel
    arguments = ["tools.lock", "make", "--forget", "--package-manager", settings.images.package_manager]
    if settings.conda.exclude_newer:
        arguments += ["--exclude-newer", str(settings.conda.exclude_newer)]
    for licence in settings.conda.licences.deny:
        arguments += ["--deny-licence", licence]
    _run("locks", arguments, layout, report)
    return layout.slate / "locks" / FIXTURE, channel


def channel_exists(settings: Settings, layout: Layout) -> bool:
    """Whether locks are made from a fixture channel that was built here before."""
    if FIXTURE not in [channel.name for channel in settings.conda.upstream_channels]:
        return False
    return any((layout.slate / "cache/fixture-channel").glob("*/fixture.json"))


def sync_mirror(
    settings: Settings, layout: Layout, locks: Path, channel: Path | None, *, root: Path, report: Report
) -> None:
    """Bring the mirror to what the locks name.

    Args:
        settings: The stack's settings.
        layout: The clone.
        locks: The folder of the locks.
        channel: The folder of the fixture channel, if that is an upstream.
        root: The mirror's folder.
        report: Takes lines about the progress.

    Raises:
        StackProblem: The mirror refused something or upstream does not answer.
    """
    path = root.parent / "configuration" / "mirror.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, json.dumps(configuration(settings, locks, channel), indent=1) + "\n")
    said = _run("mirror", ["services.conda_mirror", "sync", "--root", str(root), "--config", str(path)], layout, report)
    if any(line.startswith("new snapshot") for line in said):
        keep = ["--keep", str(settings.conda.keep.snapshots), "--age", f"{settings.conda.keep.days}d"]
        _run("mirror", ["services.conda_mirror", "gc", "--root", str(root), *keep], layout, lambda _: None)


def configuration(settings: Settings, locks: Path, channel: Path | None) -> dict[str, object]:
    """Return the mirror's configuration."""
    channels = []
    for known in settings.conda.upstream_channels:
        entry = {"name": known.name, "url": known.url}
        source = channel.as_uri() if known.name == FIXTURE and channel else known.source
        channels.append(entry | ({"source": source} if source else {}))
    value: dict[str, object] = {
        "channels": channels,
        "platforms": list(settings.conda.platforms),
        "take": {
            "locks": [str(locks / f"{layer}.lock") for layer in layers(locks)],
            "specs": [str(spec) for spec in settings.conda.specs],
        },
        "licences": {"deny": list(settings.conda.licences.deny)},
    }
    if settings.conda.exclude_newer:
        value["excludeNewer"] = str(settings.conda.exclude_newer)
    return value


def layers(locks: Path) -> list[str]:
    """Return the names of the layers that a folder has the locks of.

    Raises:
        StackProblem: The folder has no index.
    """
    try:
        index = json.loads((locks / "locks.json").read_text(encoding="utf-8"))
        return sorted(index["layers"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StackProblem(f"{locks / 'locks.json'} cannot be read ({error}): make lock writes it") from error


def _given(settings: Settings, layout: Layout) -> Path:
    return (layout.root / str(settings.images.locks)).resolve()


def _committed(settings: Settings, layout: Layout, channel: str) -> Path:
    folder = _given(settings, layout) if settings.images.locks else layout.root / "images/workspace/locks" / channel
    if not (folder / "locks.json").is_file():
        raise StackProblem(
            f"{folder} has no locks of channel {channel}, which the images are built from. Make them and commit them:"
            f" make lock CHANNEL={channel}"
        )
    return folder


def _run(name: str, arguments: Sequence[str], layout: Layout, report: Report) -> list[str]:
    """Run a module of this clone; returns what it says, line by line."""
    log = layout.slate / "logs" / f"images-{name}.log"
    if arguments[1] != "gc":  # which belongs to the sync before
        log.unlink(missing_ok=True)
    said: list[str] = []

    def line(text: str) -> None:
        if text.strip():
            said.append(text)
            if not text.startswith("/"):  # a folder, for programs
                report(text)

    environ = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    command = [sys.executable, "-m", *arguments]
    code = Children().run(command, log=log, directory=layout.root, environ=environ, on_line=line)
    if code == 1 and name == "locks" and any(text.startswith("error: ") for text in said):
        # Images that are placeholders, on every workspace, are no answer to a mistake in one environment.
        raise StackProblem(
            f"The locks of the images cannot be made, see the error above (also in {log}). No workspace was changed:"
            " mend what it names, and run the command again."
        )
    if code or not said:
        raise StackProblem(
            f"`python -m {' '.join(arguments[:2])}` failed, see above (its output is in {log}). "
            "To go on without images: make up IMAGES=0"
        )
    return said
