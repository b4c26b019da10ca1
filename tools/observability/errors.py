"""The one exception of this package."""


class ObservabilityError(Exception):
    """A problem with what measures and alerts, told in one message: what is wrong, where, and how to fix it."""
