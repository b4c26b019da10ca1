"""Stories of a user, each on a clone of its own."""
