"""Models that a hospital placed: manifests, checks, and the process that runs them.

Nothing here downloads or calls anyone, and no model is ever loaded into this process.
"""
