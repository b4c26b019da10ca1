"""Starts `slate_layer` from the build's context folder; isolated mode does not look there by itself."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from slate_layer.main import main

code = main()
sys.stdout.flush()
sys.stderr.flush()
# Ending hard: py-rattler now and then crashes while Python shuts down, with all its work done.
os._exit(code)
