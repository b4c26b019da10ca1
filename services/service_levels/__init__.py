"""Programs around the service levels: healing, the canary, the status page and the monthly report."""
