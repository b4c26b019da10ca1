"""The dev stack on a real node."""
