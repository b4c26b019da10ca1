"""A private mirror of conda channels: immutable, verified snapshots, and the servers that hand them out.

`python -m services.conda_mirror --help` is the command; `docs/mirror.md` explains it.
"""
