"""The spine taken apart: its course, its discs, one mask a vertebra, and levels with evidence.

Nothing here names a level that no person or visible anchor gave.
"""
