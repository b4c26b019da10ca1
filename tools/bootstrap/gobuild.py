"""Builds programs from a pinned Go module into `.slate/bin`."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.golang import ensure_go, go_environ
from tools.bootstrap.links import link
from tools.bootstrap.session import Task


@dataclass(frozen=True)
class Target:
    """One program to build, and how."""

    name: str
    package: str
    flags: tuple[str, ...] = ()
    stamps: tuple[tuple[str, str], ...] = ()  # Go variables that are set to version texts
    links: tuple[str, ...] = ()  # further names of the program

    def arguments(self) -> list[str]:
        """Return the arguments of `go build` but for output and package."""
        variables = " ".join(f"-X {name}={value}" for name, value in self.stamps)
        return ["-buildvcs=false", "-trimpath", *self.flags, "-ldflags", f"-s -w {variables}"]


def build(
    task: Task,
    module: Path,
    targets: Sequence[Target],
    wanted: Sequence[str],
    variables: Mapping[str, str] | None = None,
) -> tuple[str, str, Mapping[str, Path]]:
    """Build the targets; each program appears in `.slate/bin` whole or not at all.

    Args:
        task: whose log and progress are used.
        module: the folder of the go.mod.
        targets: what to build.
        wanted: names of tools; those that are links of a target are made.
        variables: further variables of the build.

    Returns:
        Go's version, Go's path, and the file of each wanted tool.

    Raises:
        BootstrapError: the build failed.
        CancelledError: the run was stopped.
    """
    version, go = ensure_go(task)
    builder = _Builder(task, go, module, {**go_environ(task.place), **(variables or {})})
    files: dict[str, Path] = {}
    for target in targets:
        files[target.name] = builder.build(target, builder.download(target))
        for name in target.links:
            if name in wanted:
                link(Path(target.name), task.place.bin / name)
                files[name] = task.place.bin / name
    return version, go, files


@dataclass(frozen=True)
class _Builder:
    task: Task
    go: str
    module: Path
    environ: Mapping[str, str]

    def download(self, target: Target) -> int:
        """Download the modules that a target needs; return how many packages are not in the build cache yet."""
        stale = modules = 0

        def count(line: str) -> bool:
            nonlocal stale, modules
            if line.startswith("go: downloading "):
                modules += 1
                self.task.doing(f"downloading Go modules of {target.name}", modules, modules, "so far")
            elif " " not in line:
                stale += bool(line)
                return False  # thousands of package names, which -v prints again as they are built
            return True

        self.task.doing(f"looking up the Go modules of {target.name}")
        flags = [flag for flag in target.arguments()[:-2] if flag != "-buildvcs=false"]
        command = [self.go, "list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", *flags, target.package]
        self.task.run(command, self.environ, self.module, count)
        return stale

    def build(self, target: Target, total: int) -> Path:
        """Build one target, which compiles `total` packages."""
        final = self.task.place.bin / target.name
        temporary = final.with_name(f".{target.name}.{os.getpid()}.tmp")
        compiled = 0

        def count(line: str) -> None:
            # With -v Go prints each package's import path as it compiles it.
            nonlocal compiled
            compiled += bool(line) and " " not in line
            if compiled >= total:
                self.task.doing(f"linking {target.name}")
            else:
                self.task.doing(f"compiling {target.name}", compiled, total, "packages")

        self.task.doing(f"{'compiling' if total else 'linking'} {target.name}", 0, total, "packages")
        began = time.monotonic()
        try:
            command = [self.go, "build", "-v", *target.arguments(), "-o", str(temporary), target.package]
            self.task.run(command, self.environ, self.module, count)
            temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)
        with self.task.log.open("a", encoding="utf-8") as log:
            log.write(f"# built {target.name} in {time.monotonic() - began:.1f} s\n")
        return final
