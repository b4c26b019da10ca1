"""Finds, downloads or builds every tool of a clone, into `.slate/`.

Runs before any virtual environment exists, so it uses the standard library only. The command line is
`python3 -m tools.bootstrap`; other tools use `environment.environment()` for the environment that Pulumi runs in.
"""
