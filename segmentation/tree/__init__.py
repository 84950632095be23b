"""Tubes as a graph: centrelines with radii between ends and branch points, from a mask.

The curve skeleton is that of shortest paths (TEASAR); SciPy's Dijkstra finds the paths.
"""
