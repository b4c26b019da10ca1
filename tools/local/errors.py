"""The one exception of this package."""


class LocalError(Exception):
    """A problem with the local services, told in one message: what is wrong, where, and how to fix it."""
