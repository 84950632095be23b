"""Structures found in a CT by density, shape and place: one finder a file, pure and never certain.

No finder knows a window, a case or a trained model, and none names what it can't tell for sure.
"""
