"""Starts `slate_layer` from the build's context folder; isolated mode does not look there by itself."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from slate_layer.main import main

code = main()
sys.stdout.flush()
sys.stderr.flush()
if code:
    time.sleep(1)  # BuildKit may end a build before it has handed over the last lines of a step that fails
# Ending hard: py-rattler now and then crashes while Python shuts down, with all its work done.
os._exit(code)
