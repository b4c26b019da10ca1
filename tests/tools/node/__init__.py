"""The node itself, and small pods on it."""
