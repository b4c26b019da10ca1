"""The stack's settings: parsed and checked once, passed down; components never read configuration.

`load` turns the `slate:` keys of `Pulumi.<stack>.yaml` into `Settings` or raises `SettingsError` with every problem.
"""

from settings.completeness import complete
from settings.errors import Problem, SettingsError
from settings.load import from_config, load
from settings.resolve import ResolvedProject, ResolvedWorkspace
from settings.root import Settings

__all__ = [
    "Problem",
    "ResolvedProject",
    "ResolvedWorkspace",
    "Settings",
    "SettingsError",
    "complete",
    "from_config",
    "load",
]
