"""`python -m services.conda_mirror`: the mirror's commands."""

import os
import sys

from services.conda_mirror.commands import main

if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # py-rattler's worker threads sometimes crash an interpreter that is shutting down, after the work is done.
    os._exit(code)
