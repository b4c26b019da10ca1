"""The one way a stack command fails: a message for the user, never a traceback."""


class StackProblem(Exception):  # noqa: N818 - it is a message for the user, not a defect
    """Something the user can act on: what is wrong, where, and how to fix it."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
