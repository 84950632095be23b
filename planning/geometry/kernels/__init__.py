"""Compiled searches over a surface's triangles, by a tree of boxes. Nothing here knows a plan."""
