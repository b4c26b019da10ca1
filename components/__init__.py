"""What is declared: one component a file, pure builders beside the wiring. Components never read Config."""
