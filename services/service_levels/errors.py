"""What these programs refuse to do, each with one message for the person at the terminal."""


class ServiceLevelsError(Exception):
    """Something was refused or failed; the message says what, where and how to go on."""
