"""Tooling of the repository: toolchain, embedded cluster, stack commands, benchmarks. No component depends on it."""
