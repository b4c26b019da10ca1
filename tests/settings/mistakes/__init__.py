"""The table of mistakes: what is done wrong, and what the one message about it must hold."""

from tests.settings.mistakes.channels import CHANNELS
from tests.settings.mistakes.conda import CONDA
from tests.settings.mistakes.images import IMAGES
from tests.settings.mistakes.keys import KEYS
from tests.settings.mistakes.names import DUPLICATES, NAMES
from tests.settings.mistakes.pools import POOLS
from tests.settings.mistakes.prices import PRICES
from tests.settings.mistakes.profiles import INHERITED, PROFILES
from tests.settings.mistakes.projects import PROJECTS
from tests.settings.mistakes.quantities import QUANTITIES
from tests.settings.mistakes.references import PRIVATE_KEY, REFERENCES
from tests.settings.mistakes.registry import REGISTRY
from tests.settings.mistakes.service_levels import SERVICE_LEVELS
from tests.settings.mistakes.stack import STACK
from tests.settings.mistakes.table import Mistake

MISTAKES = [
    *KEYS,
    *QUANTITIES,
    *NAMES,
    *DUPLICATES,
    *POOLS,
    *PROFILES,
    *PROJECTS,
    *INHERITED,
    *REFERENCES,
    *REGISTRY,
    *CHANNELS,
    *CONDA,
    *IMAGES,
    *STACK,
    *SERVICE_LEVELS,
    *PRICES,
]

__all__ = ["MISTAKES", "PRIVATE_KEY", "Mistake"]
