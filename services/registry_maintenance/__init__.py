"""Switches the in-cluster registry between writable and read-only, and waits until it has happened."""
