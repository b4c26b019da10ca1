"""Records the cases anew on an embedded cluster: `python -m tests.tools.preview.record [CASE...]`."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.acceptance.clone import Clone
from tests.conftest import binaries
from tests.tools.preview import cases


def main(names: Sequence[str]) -> int:
    """Bring the stack up in a clone of its own, preview each case, keep the events, and remove the clone."""
    unknown = sorted(set(names) - set(cases.CASES))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; cases: {', '.join(cases.CASES)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone(Path(folder) / "slate", binaries())
        try:
            cases.base(clone)
            clone.write_settings()
            print("make up", flush=True)
            clone.run("up")
            for name in names or cases.CASES:
                path = cases.RECORDINGS / f"{name}.jsonl.gz"
                print(f"make preview: {name}", flush=True)
                cases.preview(clone, name, "--events", str(path))
        except KeyboardInterrupt:
            return 130
        finally:
            clone.destroy_everything()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
