"""Entry point of the supervisor: `python -m tools.cluster.supervise --directory DIRECTORY`. `up` starts it."""

from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.cluster.supervision import supervise
from tools.cluster.supervisor import Supervisor

if __name__ == "__main__":
    supervise("tools.cluster", __doc__, Layout.of, Plan.read, Supervisor)
