"""Builds one layer of a workspace image inside BuildKit: installs a lock, and leaves the same bytes each time."""

EPOCH = 1735689600
"""The time of every file in a layer (1 January 2025, seconds): a build's own clock must not reach the image."""


class LayerError(Exception):
    """The layer cannot be built; the text says what to do."""
