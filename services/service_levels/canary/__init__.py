"""The canary: wakes a workspace of its own as a user's is woken, works in it, and puts it to sleep.

It keeps the measurement of starts from being empty when nobody starts anything, and sees what a readiness probe does
not: a kernel that computes, and a login by SSH.
"""
