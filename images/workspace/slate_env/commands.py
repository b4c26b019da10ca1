"""What each command of `slate-env` does."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from . import SlateEnvError, condarc, kernel, specs
from .engine import Engine, facts, installed
from .environments import Store


def say(text: str) -> None:
    """Progress goes to standard error, so that output can be piped."""
    print(text, file=sys.stderr, flush=True)


def run(options: argparse.Namespace, home: Path) -> int:
    """Run a command.

    Raises:
        SlateEnvError: If it is refused or fails.
    """
    store = Store(home)
    if options.command == "list":
        return _list(store, options.name)
    if options.command == "export":
        return _export(store, options)
    with store.lock():
        if options.command == "create":
            return _create(store, options)
        if options.command == "install":
            return _install(store, options.name, options.specs)
        return _remove(store, options.name, options.packages)


def _apply(store: Store, name: str, wanted: Sequence[str], channels: Sequence[condarc.Channel]) -> None:
    """Solve, install, and register the kernel."""
    prefix = store.prefix(name)
    engine = Engine(channels, store.cache)
    before = {(item["name"], item["version"], item["build"]) for item in facts(prefix)}

    async def work() -> None:
        say(f"solving for {', '.join(wanted)} …")
        records = await engine.solve(wanted, installed(prefix))
        say(f"installing {len(records)} packages into {prefix} …")
        await engine.install(prefix, records)

    asyncio.run(work())
    store.record(name, wanted)
    after = {(item["name"], item["version"], item["build"]) for item in facts(prefix)}
    for sign, items in (("-", before - after), ("+", after - before)):
        for item in sorted(items):
            print(f"{sign} {item[0]} {item[1]}")
    if kernel.register(store.home, name, prefix):
        say(f"{name}: ready; JupyterLab shows its kernel within a few seconds")
    else:
        say(f"{name}: ready in {prefix}, without a kernel (`slate-env install {name} ipykernel` adds one)")


def _create(store: Store, options: argparse.Namespace) -> int:
    channels = condarc.channels(store.home)
    name, wanted = options.name, list(options.specs)
    if options.file:
        given = specs.read_file(options.file, channels)
        name, channels, wanted = name or given.name, given.channels, [*given.dependencies, *wanted]
    if not name:
        raise SlateEnvError("the environment needs a name: `slate-env create NAME …`, or `name:` in the file")
    if not wanted:
        raise SlateEnvError(f"name at least one package, for instance `slate-env create {name} python numpy`")
    prefix = store.prefix(name)
    if name in store.names():
        raise SlateEnvError(f"{name!r} is there already: `slate-env install {name} …` changes it, `remove` deletes it")
    specs.check_specs(wanted)
    if not options.no_kernel and "ipykernel" not in [specs.spec_name(spec) for spec in wanted]:
        wanted.append("ipykernel")
    store.delete(name)  # what a create left that was killed
    try:
        _apply(store, name, wanted, channels)
    except BaseException:
        store.delete(name)
        raise
    return 0 if prefix.is_dir() else 1


def _install(store: Store, name: str, added: Sequence[str]) -> int:
    asked = store.requests(name)
    specs.check_specs(added)
    names = {specs.spec_name(spec) for spec in added}
    wanted = [spec for spec in asked if specs.spec_name(spec) not in names] + list(added)
    _apply(store, name, wanted, condarc.channels(store.home))
    return 0


def _remove(store: Store, name: str, packages: Sequence[str]) -> int:
    asked = store.requests(name)
    if not packages:
        kernel.unregister(store.home, name)
        store.delete(name)
        say(f"{name}: deleted")
        return 0
    named = {specs.spec_name(spec) for spec in asked}
    absent = sorted(set(packages) - named)
    if absent:
        raise SlateEnvError(
            f"{', '.join(absent)}: not asked for in {name!r}, so not to be removed by itself "
            f"(asked for: {', '.join(asked)})"
        )
    wanted = [spec for spec in asked if specs.spec_name(spec) not in set(packages)]
    if not wanted:
        raise SlateEnvError(f"nothing would be left; `slate-env remove {name}` deletes the environment")
    _apply(store, name, wanted, condarc.channels(store.home))
    return 0


def _list(store: Store, name: str | None) -> int:
    if name is None:
        for item in store.names():
            print(f"{item}\t{store.prefix(item)}")
        return 0
    for item in facts(store.existing(name)):
        print(f"{item['name']}\t{item['version']}\t{item['build']}\t{item['channel']}")
    return 0


def _export(store: Store, options: argparse.Namespace) -> int:
    packages = facts(store.existing(options.name))
    if options.explicit:
        print("@EXPLICIT")
        for item in packages:
            print(f"{item['url']}#sha256:{item['sha256']}" if item["sha256"] else item["url"])
        return 0
    channels = [channel.name for channel in condarc.channels(store.home)]
    lines = store.requests(options.name) if options.requested else [f"{i['name']}={i['version']}" for i in packages]
    print(f"name: {options.name}\nchannels:")
    print("".join(f"  - {channel}\n" for channel in channels) + "dependencies:")
    print("\n".join(f"  - {line if ':' not in line and '#' not in line else repr(line)}" for line in lines))
    return 0
