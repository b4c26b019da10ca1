"""What images are built and kept with on one machine: a registry, the conda mirror's server, a fenced image builder.

    from tools.local import Local
    status = Local(directory, binaries).up({"registry", "mirror", "buildkit"})

The command line is `python -m tools.local`; see docs/local-services.md.
"""

from tools.local.errors import LocalError
from tools.local.local import Local
from tools.local.status import LocalStatus

__all__ = ["Local", "LocalError", "LocalStatus"]
