"""The rules of security and cost: one table, from which everything that enforces them is made.

Pure: nothing in here knows the settings, the components or the tools. `policies.pack` alone knows Pulumi.
"""
