"""The one exception of this package."""


class DebianError(Exception):
    """The base image cannot be made; one message: what is wrong, where, and how to fix it."""
