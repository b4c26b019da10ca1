"""Entry point of the policy pack: builds it, nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # packs run in their own folder

from policies.pack import serve

serve()
