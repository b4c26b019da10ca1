"""Environments in the home of a workspace: the package manager of every Slate image, over py-rattler."""

VERSION = "1.0.0"


class SlateEnvError(Exception):
    """The command cannot be done; the text says why and what to do."""
