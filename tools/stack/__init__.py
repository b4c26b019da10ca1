"""The stack commands: what `make up`, `make preview`, `make down`, `make status` and their kin run."""
