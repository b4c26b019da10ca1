"""The one exception of this package."""


class NodeError(Exception):
    """A problem with the real node, told in one message: what is wrong, where, and how to fix it."""
