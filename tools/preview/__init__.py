"""What a change would do, told for reviewers: from the engine's events to a comment."""
