"""The words everything is said in: places, diagnostics, errors with their exit codes, canonical JSON, digests.

Nothing here knows what a film is.
"""
