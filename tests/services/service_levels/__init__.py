"""The programs of the service levels."""
