"""Rigid motions, planes, lines and distances. No case, no item, no file enters."""
