"""A comment, and the command that writes it."""

from pathlib import Path

from tools.preview import cli, comment
from tools.preview.analysis import Analysis
from tools.preview.recording import Recording

TEXT = comment.render(Recording("dev", "preview"), Analysis())
MARKER = comment.marker("dev")


def post(tmp_path: Path, where: str, text: str = TEXT, *more: str) -> int:
    """Run the command `post` for a text; returns its status."""
    file = tmp_path / "preview.md"
    file.write_text(text)
    return cli.main(["post", str(file), f"--{where}", *more])
