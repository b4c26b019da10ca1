"""Golden files: what must not change unnoticed. `python -m tests.golden` accepts the present state."""
