"""The one exception of this package."""


class ClusterError(Exception):
    """A problem with the embedded cluster, told in one message: what is wrong, where, and how to fix it."""
