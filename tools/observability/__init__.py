"""What measures, alerts and repairs beside the embedded cluster: Prometheus, Alertmanager, kube-state-metrics and more.

    from tools.observability import Observability
    status = Observability(directory, binaries, cluster_directory).up(declared)

The command line is `python -m tools.observability`; see docs/observability.md.
"""

from tools.observability.declared import Declared
from tools.observability.errors import ObservabilityError
from tools.observability.observability import Observability
from tools.observability.status import ObservabilityStatus

__all__ = ["Declared", "Observability", "ObservabilityError", "ObservabilityStatus"]
