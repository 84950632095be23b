"""Patient space: everything a surgeon decides, in LPS millimetres.

Nothing here draws, asks or guesses.
"""
