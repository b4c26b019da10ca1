"""Kubernetes resources for the Pulumi engine, where the upstream provider's binary cannot be downloaded.

The modules, from the outside in: `server` and `servicer` speak the engine's protocol; `lifecycle` decides what a
create, read, update or delete does; `checkpoint`, `diff` and `ownership` hold the rules; `waiting` and `readiness`
wait; `client` and `kubeconfig` talk to the API server.
"""
