"""Regular expressions as the API server reads them: blanks, letters and their cases are those of ASCII."""

import re


def search(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text."""
    return re.search(pattern, text, re.ASCII) is not None


def every(pattern: str, text: str) -> list[str]:
    """All that a pattern without groups finds in a text."""
    return re.findall(pattern, text, re.ASCII)
