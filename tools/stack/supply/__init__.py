"""What a stack on the embedded cluster needs for its images: registry, locks, mirror, base image, builder."""

from tools.stack.supply.steps import applied, foreseen, known, prepare
from tools.stack.supply.supplied import Supplied

__all__ = ["Supplied", "applied", "foreseen", "known", "prepare"]
