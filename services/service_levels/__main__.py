"""`python -m services.service_levels`: the programs of the service levels."""

import sys

from services.service_levels.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
