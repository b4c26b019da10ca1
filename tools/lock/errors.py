"""The error of the locks; its text is complete and fit for the user."""


class LockError(Exception):
    """A lock cannot be made, or does not fit. The text says what, where and how to mend it."""
