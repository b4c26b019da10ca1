"""Command line of the locks: `python -m tools.lock make|check|sbom`."""

import os
import sys

from tools.lock.cli import main

if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The solver's library now and then crashes when the interpreter shuts down, with everything done and written.
    os._exit(code)
