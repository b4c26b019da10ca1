"""Where conda packages come from."""

from pydantic import Field

from settings.base import Model
from settings.references import HttpsUrl


class Conda(Model):
    """Where conda packages come from."""

    upstream_channels: tuple[HttpsUrl, ...] = Field(
        default=("https://conda.anaconda.org/conda-forge",), description="Channels that the private mirror copies from."
    )
