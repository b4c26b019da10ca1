"""Benchmarks: each runs both sides in one go and prints one JSON line last (see docs/benchmarks.md)."""
