"""The Debian base image: a reproducible root file system from Debian's packages, as an OCI image.

    from tools.debian_base import ensure
    image = ensure(slate, report)        # image.directory is an OCI image layout, image.digest its manifest's digest

The command line is `python -m tools.debian_base`; see docs/local-services.md.
"""

from tools.debian_base.base import DebianImage, ensure
from tools.debian_base.errors import DebianError

__all__ = ["DebianError", "DebianImage", "ensure"]
