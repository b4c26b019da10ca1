"""What homes survive, tried in one that is its own: frank's; in a process beside the others, on the same clone."""
