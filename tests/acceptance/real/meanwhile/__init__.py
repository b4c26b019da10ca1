"""Other workspaces than bob's, and the platform: in a process beside the others, on the same clone."""
