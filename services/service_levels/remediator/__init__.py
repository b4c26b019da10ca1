"""Replaces the pods of workspaces that are down and do not come back by themselves.

It believes nothing that an alert says but the workspace's name: everything else it reads from the API server, at the
last moment, and what it deletes is the very state that it has looked at.
"""
