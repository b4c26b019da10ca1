"""NetworkPolicy on the real node, by nftables.

For the embedded cluster's node only: a real cluster brings a network plugin that does this. The node routes every
packet between its pods, so the rules of its own network are enough.
"""
