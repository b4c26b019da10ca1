"""What a row of the table of mistakes is, and the places that its rows speak of."""

from dataclasses import dataclass

from tests.settings.examples import Change

POOL = "nodePools[0] (cpu)"
GPU = "nodePools[1] (gpu)"
PROJECT = "projects[0] (vision)"
ALICE = f"{PROJECT}.workspaces[0] (alice)"
BOB = f"{PROJECT}.workspaces[1] (bob)"
AT_CPU = "nodePools[0]"
AT_GPU = "nodePools[1]"
AT_QUOTA = "projects[0].quota"
AT_ALICE = "projects[0].workspaces[0]"
AT_BOB = "projects[0].workspaces[1]"
AT_IMAGE = "images.environments.tabular"


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake.

    `given` is None where nothing is shown: a key that is missing, unknown or secret.
    """

    name: str
    change: Change
    path: str
    given: str | None
    allowed: str
    fix: str
    what: str = ""
