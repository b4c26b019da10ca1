"""A real node of the embedded cluster: containerd and a kubelet on this machine, in namespaces of their own (root).

    from tools.node import Node
    status = Node(directory, binaries, cluster).up()

The command line is `python -m tools.node`; see docs/node.md.
"""

from tools.node.errors import NodeError
from tools.node.node import Node
from tools.node.status import NodeStatus

__all__ = ["Node", "NodeError", "NodeStatus"]
