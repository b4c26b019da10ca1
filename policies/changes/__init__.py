"""Rules about changes: what needs the old state besides the new one, so that neither pack nor API server can judge it.

`tools/preview` asks them of what the engine says it would do. Pure, like all of `policies`.
"""
