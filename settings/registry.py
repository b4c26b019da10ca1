"""The registry that workspace images come from."""

from pydantic import Field

from settings.base import Model
from settings.names import ObjectName
from settings.references import RegistryHost


class Registry(Model):
    """The registry that workspace images come from."""

    host: RegistryHost = Field(description="Host and optional port.")
    pull_secret: ObjectName | None = Field(
        default=None,
        description="Name of the image pull Secret, which must exist in slate-system and in each project's namespace; "
        "none if absent.",
    )
