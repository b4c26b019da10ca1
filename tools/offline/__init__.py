"""Stand-ins for the parts of Pulumi that are published as binaries only, for places that cannot download them."""
