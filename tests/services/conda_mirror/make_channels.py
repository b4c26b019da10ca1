"""Makes two small conda channels; run as a program, since the libraries may crash an interpreter at its end."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from rattler.index import index_fs
from rattler_build import assemble_package

OLD, NEW = 1_700_000_000, 1_760_000_000
BIG = 3 << 20
PACKAGES = [
    ("main", "foo", "1.0", "noarch", (), OLD, "MIT"),
    ("main", "foo", "1.1", "noarch", (), NEW, "MIT"),
    ("main", "bar", "1.0", "linux-64", ("foo >=1",), OLD, "BSD-3-Clause"),
    ("main", "bar", "1.0", "linux-aarch64", ("foo >=1",), OLD, "BSD-3-Clause"),
    ("main", "copyleft", "1.0", "noarch", (), OLD, "AGPL-3.0-only"),
    ("main", "big", "1.0", "linux-64", (), OLD, "MIT"),
    ("main", "cuda-thing", "1.0", "linux-64", ("__cuda >=12",), OLD, "MIT"),
    ("side", "foo", "2.0", "noarch", (), OLD, "MIT"),
    ("side", "extra", "1.0", "noarch", ("foo >=1",), OLD, "MIT"),
    ("side", "wants-new-foo", "1.0", "noarch", ("foo >=2",), OLD, "MIT"),
]


def make(folder: Path) -> None:
    for channel, name, version, subdir, depends, built, licence in PACKAGES:
        files = folder / "files" / f"{channel}-{name}-{version}-{subdir}"
        (files / "share").mkdir(parents=True)
        content = os.urandom(BIG) if name == "big" else f"{name} {version}\n".encode()
        (files / "share" / name).write_bytes(content)
        assemble_package(
            name,
            version,
            subdir,
            "0",
            folder / channel / subdir,
            files_dir=files,
            depends=list(depends),
            noarch="generic" if subdir == "noarch" else None,
            license=licence,
            timestamp=datetime.fromtimestamp(built, UTC),
        )
    for channel in ("main", "side"):
        asyncio.run(index_fs(folder / channel))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
