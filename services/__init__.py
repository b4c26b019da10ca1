"""Programs of the platform that run inside the cluster. They stand alone: neither Pulumi nor our settings."""
