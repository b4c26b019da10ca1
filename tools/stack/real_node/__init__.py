"""A stack on the embedded cluster with a real node: which pool it carries, and how it is started and stopped."""

from tools.stack.real_node.lifecycle import choose, drop, next_steps, prepare, status, stop, wanted, with_ssh
from tools.stack.real_node.pools import NODE_POOLS, real_pool

__all__ = ["NODE_POOLS", "choose", "drop", "next_steps", "prepare", "real_pool", "status", "stop", "wanted", "with_ssh"]
