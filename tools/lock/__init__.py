"""Locks: which packages, exactly, each layer of the workspaces' images has.

Three chained solves: base, common with base pinned, each environment with common pinned. So every lock contains the
one below, and a layer of an image only adds files.
"""

from tools.lock.errors import LockError
from tools.lock.fixture import fixture_options
from tools.lock.make import LockSet, make
from tools.lock.options import Options, channel

__all__ = ["LockError", "LockSet", "Options", "channel", "fixture_options", "make"]
