"""What a stack on the embedded cluster needs for its images: registry, locks, mirror, base image, builder."""

from tools.stack.supply.steps import known, prepare
from tools.stack.supply.supplied import Supplied

__all__ = ["Supplied", "known", "prepare"]
