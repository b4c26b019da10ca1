"""When a version of Python ends, and what that means for an environment."""

from collections.abc import Iterable
from datetime import date

# End of security fixes, from https://devguide.python.org/versions/ (the first of the month after it).
_END_OF_LIFE = {
    "3.10": date(2026, 11, 1),
    "3.11": date(2027, 11, 1),
    "3.12": date(2028, 11, 1),
    "3.13": date(2029, 11, 1),
    "3.14": date(2030, 11, 1),
}

# conda-forge stops building for a version when it ends; for this one the date is known:
# https://conda-forge.org/news/2026/08/31/python-3-10/
_CONDA_FORGE = {"3.10": "conda-forge stopped building for it on 31 August 2026; the last are NumPy 2.2 and pandas 2.3."}


def end_of_life_warning(python: str, users: Iterable[str], today: date) -> str | None:
    """Return a warning for a version of Python that gets no more security fixes, or None.

    Args:
        python: such as `3.10`.
        users: names of the environments on it.
        today: the date to judge by.
    """
    end = _END_OF_LIFE.get(python)
    if end is None or today < end:
        return None
    last = date(end.year, end.month - 1, 1)
    names = ", ".join(users)
    return (
        f"warning: Python {python} reached its end of life in {last:%B %Y} ({names}): no security fixes for Python, "
        "and packages stay at the versions that were last built for it. "
        + _CONDA_FORGE.get(python, "")
        + f' Set `slate: {{python: "{newest_supported(today)}"}}` in the environment file when its users are ready.'
    )


def newest_supported(today: date) -> str:
    """Return the version of Python to move to: the oldest that has at least a year left, for most packages have it."""
    fitting = [python for python, end in _END_OF_LIFE.items() if (end - today).days > 365]
    return fitting[0] if fitting else list(_END_OF_LIFE)[-1]
