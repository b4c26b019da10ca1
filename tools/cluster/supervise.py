"""Entry point of the supervisor: `python -m tools.cluster.supervise --directory DIRECTORY`. `up` starts it."""

import argparse
import sys
from pathlib import Path

from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.cluster.supervision import detach
from tools.cluster.supervisor import Supervisor


def main() -> None:
    """Detaches the supervisor; the launching process ends as soon as the supervisor has made itself known."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster.supervise", description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the cluster's directory, with plan.json")
    layout = Layout.of(parser.parse_args().directory)
    planned = Plan.read(layout)
    if planned is None:
        sys.exit(f"{layout.plan} is missing or damaged; `python -m tools.cluster up` writes it")
    detach(layout, lambda: Supervisor(layout, planned))


if __name__ == "__main__":
    main()
