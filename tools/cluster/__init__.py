"""The embedded cluster: a real Kubernetes control plane with simulated nodes, as plain processes on 127.0.0.1.

    from tools.cluster import Cluster
    status = Cluster(directory, binaries).up()

The command line is `python -m tools.cluster`; see docs/cluster.md.
"""

from tools.cluster.cluster import Cluster
from tools.cluster.errors import ClusterError
from tools.cluster.status import ComponentStatus, Status

__all__ = ["Cluster", "ClusterError", "ComponentStatus", "Status"]
