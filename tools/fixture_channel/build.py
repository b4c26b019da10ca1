"""Builds the channel into a folder."""

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tools.bootstrap.processes import Children
from tools.fixture_channel import cpython, debian, wheels
from tools.fixture_channel.index import write_index
from tools.fixture_channel.inputs import Inputs, wheel_list
from tools.fixture_channel.interpreters import Interpreter
from tools.fixture_channel.progress import Progress
from tools.fixture_channel.workers import Workers


def build(
    *,
    inputs: Inputs,
    interpreters: Mapping[str, Interpreter],
    platform: str,
    scratch: Path,
    downloads: Path,
    channel: Path,
    log: Path,
    progress: Progress,
) -> list[dict[str, str]]:
    """Build all packages and the index; return what Debian packages went in.

    Args:
        inputs: what to build.
        interpreters: by wanted version of Python.
        platform: conda's name of this machine's platform.
        scratch: an empty folder.
        downloads: wheels stay there if the build is interrupted, and are used by the next one.
        channel: where the channel goes.
        log: of pip.
        progress: is told of every step.

    Raises:
        FixtureChannelError: something that goes in cannot be had.
    """
    chosen = {interpreter.short: interpreter for interpreter in interpreters.values()}
    machine = next(iter(chosen.values())).machine
    count = os.cpu_count() or 1
    sources: list[dict[str, str]] = []
    children = Children()
    workers: Workers | None = None
    with ThreadPoolExecutor(1 + len(chosen) + count) as threads:
        try:
            progress.say(f"downloading wheels for Python {', '.join(chosen)} and Debian's libraries")
            native = threads.submit(
                _native,
                inputs,
                list(chosen.values()),
                platform=platform,
                scratch=scratch,
                channel=channel,
                progress=progress,
            )
            fetched = {
                python: threads.submit(
                    wheels.download, wheel_list(python), python, machine, downloads / python, children=children, log=log
                )
                for python in chosen
            }
            conversions = wheels.plan(
                {python: future.result() for python, future in fetched.items()}, machine, platform, inputs
            )
            progress.more(len(conversions))
            progress.say(f"{len(conversions)} wheels are here, packing them")
            workers = Workers(count, channel, scratch, log)
            futures: dict[Future[Any], str] = {
                threads.submit(workers.convert, conversion): conversion.name for conversion in conversions
            }
            records: list[Any] = []
            for future in as_completed([*futures, native]):
                if future in futures:
                    records.append(future.result())
                    progress.packed(futures[future])
                else:
                    # Looked at when it ends, so that a machine without Debian's packages fails early.
                    built, sources = native.result()
                    records += built
            write_index(channel, records, platform)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            children.end_all()
            raise
        finally:
            if workers is not None:
                workers.end()
    return sources


def _native(
    inputs: Inputs,
    interpreters: list[Interpreter],
    *,
    platform: str,
    scratch: Path,
    channel: Path,
    progress: Progress,
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Build the packages of Debian's libraries, then those of CPython, which are linked with them."""
    files = debian.download(inputs.libraries, scratch / "debian", progress.say)
    progress.more(len(inputs.libraries) + len(interpreters))
    libraries = []
    for library, debs in zip(inputs.libraries, files, strict=True):
        libraries.append(debian.build(library, debs, platform, scratch / f"lib-{library.name}", channel))
        progress.packed(library.name)
    records = [library.record for library in libraries]
    for interpreter in interpreters:
        records += cpython.build(interpreter, libraries, platform, scratch / f"python-{interpreter.short}", channel)
        progress.packed(f"python {interpreter.version}")
    return records, [source for library in libraries for source in library.sources]
