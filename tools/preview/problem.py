"""What stops the preview's own commands."""


class PreviewProblem(Exception):  # noqa: N818 - one message for the user
    """Says what is wrong and how to put it right."""
