"""What stops `make policy` besides violations."""


class PolicyProblem(Exception):  # noqa: N818 - it is a message for the user, not a defect
    """The rules could not be asked; one message says why and what to do."""
