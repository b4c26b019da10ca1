"""Writes docs/settings.md and docs/settings.schema.json; with --check only says whether they are up to date."""

import argparse
import json
import sys
from pathlib import Path

from settings.schema import stack_file_schema
from tools.paths import ROOT
from tools.settings_docs.page import page

PAGE = Path("docs/settings.md")
SCHEMA = Path("docs/settings.schema.json")


def schema_text() -> str:
    """The text of docs/settings.schema.json."""
    return json.dumps(stack_file_schema(), indent=2) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Writes both files, or with --check only says whether they are up to date.

    Returns:
        The exit code: 1 when --check finds a stale file.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.settings_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    check = parser.parse_args(arguments).check
    stale = []
    for file, text in ((PAGE, page()), (SCHEMA, schema_text())):
        path = ROOT / file
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            print(f"{file}: up to date")
        elif check:
            stale.append(file)
            print(f"{file}: not up to date; run: python -m tools.settings_docs", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{file}: written")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
