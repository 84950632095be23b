"""What a plan is made of: frozen values that validate themselves.

Nothing here measures or stores.
"""
