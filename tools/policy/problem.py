"""What stops `make policy` besides violations."""


class PolicyProblem(Exception):
    """The rules could not be asked; one message says why and what to do."""
