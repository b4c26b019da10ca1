"""Getting the chosen packages into the pool, each checked before it enters."""

import asyncio
import errno
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from services.conda_mirror.errors import MirrorError, UpstreamError
from services.conda_mirror.pool import Pool
from services.conda_mirror.progress import Progress, human
from services.conda_mirror.selection import Refusal, Taken
from services.conda_mirror.snapshots import Files
from services.conda_mirror.transport import Transport

SPARE = 16 << 20
"""Bytes of disk that must stay free beside the packages, for index files."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass
class Fetched:
    """What came of it."""

    files: Files = field(default_factory=dict)
    new: int = 0
    reused: int = 0
    new_bytes: int = 0
    refused: list[Refusal] = field(default_factory=list)


class Fetcher:
    """Downloads packages side by side."""

    def __init__(self, pool: Pool, transport: Transport, jobs: int) -> None:
        self._pool = pool
        self._transport = transport
        self._limit = asyncio.Semaphore(jobs)
        self._fetched = Fetched()

    async def fetch(self, packages: Iterable[Taken]) -> Fetched:
        """Fetch what is not there yet. A package that is not what its record says is refused; the others still come.

        Raises:
            MirrorError: The disk is full.
        """
        missing: dict[str, Taken] = {}
        for package in packages:
            sha256, size = package.entry.record["sha256"], package.entry.record.get("size")
            if self._pool.has(sha256, size):
                self._fetched.reused += 1
                self._fetched.files[package.path] = (sha256, self._pool.path(sha256).stat().st_size)
            else:
                missing[package.path] = package
        self._pool.incoming.mkdir(parents=True, exist_ok=True)
        needed = sum(package.entry.record.get("size") or 0 for package in missing.values())
        self._room(needed)
        progress = Progress(len(missing), needed)
        try:
            async with asyncio.TaskGroup() as group:
                for package in missing.values():
                    group.create_task(self._one(package, progress))
        except* OSError as problems:
            raise disk_error(problems.exceptions[0], self._pool.root) from None
        finally:
            progress.close()
        return self._fetched

    def _room(self, needed: int) -> None:
        free = shutil.disk_usage(self._pool.root).free
        if needed and needed + SPARE > free:
            raise MirrorError(
                f"no room in {self._pool.root}: {human(needed)} to download, {human(free)} free. "
                "Run `gc`, or enlarge the volume. Nothing was changed"
            )

    async def _one(self, package: Taken, progress: Progress) -> None:
        sha256, size = package.entry.record["sha256"], package.entry.record.get("size")
        part = self._pool.incoming / f"{sha256}.part"
        async with self._limit:
            try:
                problem, got = await self._attempt(package, part)
                if problem and got is not None:  # perhaps what an earlier run left was damaged: once more, from nothing
                    part.unlink(missing_ok=True)
                    problem, got = await self._attempt(package, part)
            except UpstreamError as cause:
                problem, got = str(cause), None
        if problem or got is None:
            part.unlink(missing_ok=True)
            self._fetched.refused.append(Refusal(package.path, problem or "not there"))
            return
        self._pool.adopt(part, sha256)
        self._fetched.files[package.path] = (sha256, got)
        self._fetched.new += 1
        self._fetched.new_bytes += got
        progress.add(size or got)

    async def _attempt(self, package: Taken, part: Path) -> tuple[str | None, int | None]:
        """What is wrong with the download, and its size if there is one."""
        sha256, size = package.entry.record["sha256"], package.entry.record.get("size")
        got = await self._transport.download(package.url, part)
        if got is None:
            hint = ""
            if package.elsewhere:
                hint = f"; the index sends clients to {package.elsewhere}, which is off the channel and not followed"
            return f"{package.url} is not there{hint}", None
        if size is not None and got[1] != size:
            return f"has {got[1]} bytes, its record says {size}: truncated or replaced", got[1]
        if got[0] != sha256:
            return f"has sha256 {got[0]}, its record says {sha256}: damaged or replaced", got[1]
        return None, got[1]


def disk_error(problem: BaseException, root: Path) -> MirrorError:
    """An operating system error while writing, in words."""
    if isinstance(problem, OSError) and problem.errno in FULL:
        return MirrorError(
            f"no room in {root}: {problem.strerror}. What was downloaded so far is kept and the next run goes on from "
            "there. Run `gc`, or enlarge the volume. The current snapshot is unchanged"
        )
    return MirrorError(f"cannot write to {root}: {problem}")
