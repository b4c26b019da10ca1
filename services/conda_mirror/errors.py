"""What the mirror refuses to do, each with one message for the person at the terminal."""


class MirrorError(Exception):
    """Something was refused or failed; the message says what, where and how to go on."""


class ConfigurationError(MirrorError):
    """The mirror's configuration file is wrong; the message has every problem of it."""


class UpstreamError(MirrorError):
    """An upstream channel cannot be read, or gave something that is not what its repodata says."""


class SolveError(MirrorError):
    """The specs cannot be fulfilled together; the message is the solver's reason."""


class LockFileError(MirrorError):
    """A lock file cannot be read."""


class EnvironmentFileError(MirrorError):
    """An environment file asks for what is not allowed; the message has every problem of it."""
