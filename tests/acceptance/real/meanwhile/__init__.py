"""What leaves bob's workspace alone: these tests run beside the others, in another process, on the same clone."""
