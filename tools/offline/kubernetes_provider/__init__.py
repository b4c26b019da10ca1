"""The offline Kubernetes provider: a Pulumi plugin folder, copied whole when it is installed."""
