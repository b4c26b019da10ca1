"""Mutation of the rules: one small change at a time, which a time line must notice."""
