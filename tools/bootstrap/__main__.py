"""Entry point of `python3 -m tools.bootstrap`; says so when this Python is too old."""

# This file must parse on every Python 3, or an old one would answer with a syntax error instead of the message.
import sys

OLDEST = (3, 11)


def too_old(version):
    """Return the message for a Python that is too old, else an empty string."""
    if tuple(version[:2]) >= OLDEST:
        return ""
    return (
        "Slate needs Python {}.{} or newer; {} is Python {}.{}. Install a newer one and name it, "
        "for example: make up PYTHON=python3.12".format(
            OLDEST[0], OLDEST[1], sys.executable or "this interpreter", version[0], version[1]
        )
    )


if __name__ == "__main__":
    problem = too_old(sys.version_info)
    if problem:
        sys.exit(problem)
    from tools.bootstrap.cli import main

    sys.exit(main())
