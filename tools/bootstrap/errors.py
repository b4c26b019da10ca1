"""The errors of the bootstrap; each text is complete and fit for the user."""


class BootstrapError(Exception):
    """Something could not be installed. The text says what, where and how to fix it."""


class DownloadError(BootstrapError):
    """A release could not be downloaded or verified; the next way to get the tool is tried."""


class HostUnavailableError(DownloadError):
    """A download host does not answer, so nothing that lies there can be had in this run."""


class CancelledError(BootstrapError):
    """The user or the system asked the bootstrap to stop."""
