"""Entry point of the supervisor: `python -m tools.cluster.supervise --directory DIRECTORY`. `up` starts it."""

import argparse
import os
import signal
import sys
from pathlib import Path

from tools.cluster.files import try_lock
from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.cluster.supervisor import Supervisor


def main() -> None:
    """Detaches the supervisor; the launching process ends as soon as the supervisor has made itself known."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster.supervise", description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the cluster's directory, with plan.json")
    layout = Layout.of(parser.parse_args().directory)
    planned = Plan.read(layout)
    if planned is None:
        sys.exit(f"{layout.plan} is missing or damaged; `python -m tools.cluster up` writes it")
    # `up` blocks signals while it launches this process, and the mask is inherited.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    known, make_known = os.pipe()
    if os.fork():
        os.close(make_known)
        os._exit(0 if os.read(known, 1) else 1)
    os.close(known)
    os.setsid()
    os.umask(0o077)
    if try_lock(layout.supervisor_lock) is None:  # else held until this process ends
        sys.exit("another supervisor runs this cluster")
    supervisor = Supervisor(layout, planned)
    supervisor.write_record()
    os.write(make_known, b".")
    os.close(make_known)
    os.chdir(layout.directory)
    supervisor.run()


if __name__ == "__main__":
    main()
