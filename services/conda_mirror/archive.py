"""`export` and `import`: one snapshot as one file, for sites without a network. Nothing in a file is believed."""

import io
import tarfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from services.conda_mirror.check import index_problems
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.fetch import disk_error
from services.conda_mirror.locking import exclusive, reading
from services.conda_mirror.pool import Pool, hash_stream
from services.conda_mirror.snapshots import Manifest, Snapshots, parse_manifest

MANIFEST = "snapshot.json"
OBJECTS = "objects"
LARGEST_MANIFEST = 256 << 20


def export_snapshot(root: Path, identifier: str, target: Path) -> Manifest:
    """Write a snapshot into a tar archive: its manifest, then each content once. Appears whole or not at all.

    Raises:
        MirrorError: There is no such snapshot, it is damaged, or the disk is full.
    """
    snapshots = Snapshots(root)
    folder = snapshots.path(identifier)
    part = target.with_name(f".{target.name}.part")
    try:
        with reading(folder):
            manifest = snapshots.manifest(folder.name)
            moment = int(datetime.fromisoformat(manifest.created).timestamp())
            with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as archive:
                content = manifest.to_json().encode()
                archive.addfile(_member(MANIFEST, len(content), moment), io.BytesIO(content))
                contents = {sha256: (path, size) for path, (sha256, size) in manifest.files.items()}
                for sha256, (path, size) in sorted(contents.items()):
                    with (folder / path).open("rb") as stream:
                        if hash_stream(stream) != (sha256, size):
                            raise MirrorError(f"{path} of {manifest.id} is damaged; run `verify`. Nothing was exported")
                        stream.seek(0)
                        archive.addfile(_member(f"{OBJECTS}/{sha256}", size, moment), stream)
        part.replace(target)
    except OSError as problem:
        raise disk_error(problem, target.parent) from None
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _member(name: str, size: int, moment: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, moment, 0o444
    return member


def import_snapshot(
    root: Path, source: Path, *, wait: float = 0, report: Callable[[str], None] = print, current: bool = True
) -> Manifest:
    """Take in an exported snapshot, after checking each of its bytes and what its indexes say.

    Args:
        root: The mirror's folder.
        source: The archive.
        wait: Seconds to wait for a running sync.
        report: Told when waiting.
        current: Make it the current snapshot.

    Raises:
        MirrorError: The archive is no such archive, damaged, incomplete or has been tampered with.
    """
    with exclusive(root, "import", wait, report):
        snapshots, pool = Snapshots(root), Pool(root)
        snapshots.clear_staging()
        try:
            manifest = _take_in(source, pool)
            there = manifest.id in snapshots.identifiers()
            if not there:
                snapshots.publish(manifest, pool)
            if current:
                snapshots.point(manifest.id)
                (root / "state.json").unlink(missing_ok=True)  # the next sync has to look for itself
        except (tarfile.TarError, EOFError) as problem:
            raise MirrorError(f"{source}: not an archive that `export` wrote, or damaged: {problem}") from None
        except OSError as problem:
            if problem.filename == str(source):
                raise MirrorError(f"{source}: cannot be read: {problem.strerror}") from None
            raise disk_error(problem, root) from None
    return manifest


def _take_in(source: Path, pool: Pool) -> Manifest:
    with tarfile.open(source, "r:") as archive:
        members = iter(archive)
        first = next(members, None)
        stream = archive.extractfile(first) if first and first.isreg() and first.name == MANIFEST else None
        if first is None or stream is None or first.size > LARGEST_MANIFEST:
            raise MirrorError(f"{source}: not an archive that `export` wrote: it does not begin with {MANIFEST}")
        manifest = parse_manifest(stream.read().decode(errors="replace"), f"{source}: {MANIFEST}")
        # What was carried along at the old site is not in the archive; clients here never saw an index that names it.
        manifest = Manifest(**{**vars(manifest), "carried": {}})
        missing = dict(manifest.files.values())
        for member in members:
            sha256 = member.name.removeprefix(f"{OBJECTS}/")
            if not member.isreg() or member.name != f"{OBJECTS}/{sha256}" or missing.get(sha256) != member.size:
                raise MirrorError(f"{source}: holds {member.name!r}, which its manifest does not name")
            _object(archive, member, sha256, pool, source)
            del missing[sha256]
    if missing:
        raise MirrorError(
            f"{source}: incomplete, {len(missing)} of {len(set(manifest.files.values()))} files are missing"
        )
    problems = list(index_problems(manifest, lambda path: pool.path(manifest.files[path][0]).read_bytes()))
    if problems:
        raise MirrorError("\n  ".join([f"{source}: refused, {len(problems)} problem(s)", *problems[:20]]))
    return manifest


def _object(archive: tarfile.TarFile, member: tarfile.TarInfo, sha256: str, pool: Pool, source: Path) -> None:
    stream = archive.extractfile(member)
    if stream is None:
        raise MirrorError(f"{source}: {member.name} has no content")
    pool.incoming.mkdir(parents=True, exist_ok=True)
    part = pool.incoming / f"{sha256}.import"
    try:
        with part.open("wb") as target:
            while chunk := stream.read(1 << 20):
                target.write(chunk)
        with part.open("rb") as written:
            found = hash_stream(written)
        if found != (sha256, member.size):
            raise MirrorError(f"{source}: {member.name} has sha256 {found[0]}: damaged or tampered with")
        pool.adopt(part, sha256)
    finally:
        part.unlink(missing_ok=True)
