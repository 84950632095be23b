"""Images in and out, each brought into LPS from its own convention.

Nothing unsafe passes silently.
"""
