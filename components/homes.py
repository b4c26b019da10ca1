"""Homes that exist already: whose they are, and whether they must grow. Decided before anything is declared."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from components import labels


@dataclass(frozen=True)
class Home:
    """A home claim as the cluster has it."""

    namespace: str
    claim: str
    owner: str | None
    size: str
    grown: bool
    """Whether its size has been taken over from its template before."""


class Wish(Protocol):
    """What the settings want of one workspace's home."""

    @property
    def project(self) -> str:
        """Name of the project."""
        ...

    @property
    def name(self) -> str:
        """Name of the workspace."""
        ...

    @property
    def user(self) -> str:
        """Owner."""
        ...

    @property
    def home_size(self) -> str:
        """Size of the home, a quantity."""
        ...


def claim_key(wish: Wish) -> tuple[str, str]:
    """Namespace and name of the home's claim."""
    return labels.namespace_of(wish.project), f"{labels.HOME_CLAIM}-{wish.name}-0"


class HomeError(Exception):
    """Homes that cannot be given to the workspaces as declared; the message lists all of them."""


def plan(
    wishes: Iterable[Wish], homes: Mapping[tuple[str, str], Home], size: Callable[[str], Decimal | Fraction]
) -> set[tuple[str, str]]:
    """Which workspaces' claims must be grown in place.

    Args:
        wishes: What the settings want.
        homes: The claims that exist, by namespace and name.
        size: Parses a quantity to bytes.

    Returns:
        Namespace and name of each claim whose size Pulumi sets in place.

    Raises:
        HomeError: A home belongs to somebody else, or would have to shrink.
    """
    problems, growing = [], set()
    for wish in wishes:
        home = homes.get(claim_key(wish))
        if home is None:
            continue
        if home.owner is not None and home.owner != wish.user:
            problems.append(_foreign(wish, home))
        elif size(wish.home_size) < size(home.size):
            problems.append(
                f"workspace {wish.name!r} of project {wish.project!r}: its home has {home.size} and cannot shrink "
                f"to {wish.home_size}; set homeSize to {home.size} or more"
            )
        elif home.grown or size(wish.home_size) > size(home.size):
            growing.add(claim_key(wish))
    if problems:
        raise HomeError("\n".join(problems))
    return growing


def _foreign(wish: Wish, home: Home) -> str:
    claim = f"-n {home.namespace}"
    return (
        f"workspace {wish.name!r} of project {wish.project!r}: a home of that name exists and belongs to "
        f"{home.owner!r}, not to {wish.user!r}. Choose another name, or delete the old home for good with\n"
        f"    kubectl delete pvc {home.claim} {claim}\n"
        f"  or hand it over on purpose, with all that is in it, with\n"
        f"    kubectl label pvc {home.claim} {claim} {labels.USER}={wish.user} --overwrite"
    )
