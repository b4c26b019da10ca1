"""Where things lie in a clone. Everything the embedded environment writes is under `.slate/`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLATE = ROOT / ".slate"
BIN = SLATE / "bin"
VENV = SLATE / "venv"
CLUSTER = SLATE / "cluster"
LOCAL = SLATE / "local"
NODE = SLATE / "node"
OBSERVABILITY = SLATE / "observability"
PULUMI_HOME = SLATE / "pulumi"
STATE = SLATE / "state"
STACKS = SLATE / "stacks"
