"""Solves the packages that `specs.json` names and installs them, in one go, with the installer that Slate uses."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

from rattler import Channel, ChannelPriority, Gateway, VirtualPackage, VirtualPackageOverrides, install, solve

PREFIX = Path("/opt/conda")


async def main() -> None:
    """Solve, install, compile byte code."""
    facts = json.loads(Path("/build/specs.json").read_text())
    channels = [Channel(f"{os.environ['MIRROR'].rstrip('/')}/{name}") for name in facts["channels"]]
    records = await solve(
        sources=channels,
        specs=facts["specs"],
        gateway=Gateway(cache_dir=Path("/build/repodata")),
        platforms=["linux-64", "noarch"],
        channel_priority=ChannelPriority.Strict,
        virtual_packages=[package.into_generic() for package in VirtualPackage.detect(VirtualPackageOverrides())],
    )
    await install(records, target_prefix=PREFIX, cache_dir=Path("/build/packages"), show_progress=False)
    subprocess.run([PREFIX / "bin/python", "-m", "compileall", "-q", "-j", "0", PREFIX / "lib"], check=False)
    print(f"{len(records)} packages")


asyncio.run(main())
