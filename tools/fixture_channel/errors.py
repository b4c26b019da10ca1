"""The error of the fixture channel; its text is complete and fit for the user."""


class FixtureChannelError(Exception):
    """The channel cannot be built. The text says what, where and how to mend it."""
