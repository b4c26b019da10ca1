"""Command line of the preview comment: make it from a recording, and keep it up to date on a pull request."""

import sys

from tools.preview.cli import main

if __name__ == "__main__":
    sys.exit(main())
