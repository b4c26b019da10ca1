"""One installation of an environment, timed; in a process of its own, so that nothing is warm that should not be."""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

from services.conda_mirror import rattler


def main() -> None:
    """Install and print the seconds that it took."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.mirror_install", description=__doc__)
    parser.add_argument("--lock", type=Path, required=True)
    parser.add_argument("--prefix", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--from", dest="origin", required=True, help="canonical URL of the channel=URL of its bytes")
    given = parser.parse_args()
    canonical, origin = given.origin.split("=", 1)
    began = time.perf_counter()
    records = rattler.read_lock(given.lock).records("linux-64")
    asyncio.run(rattler.install(records, given.prefix, mirrors={canonical: origin}, cache=given.cache))
    print(time.perf_counter() - began)
    sys.stdout.flush()
    os._exit(0)  # py-rattler's threads may crash an interpreter that is shutting down


if __name__ == "__main__":
    main()
