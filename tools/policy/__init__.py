"""`make policy`: the rules on what a stack's file declares, without a cluster and without the engine."""
