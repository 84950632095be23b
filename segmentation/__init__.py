"""Image space: voxel grids, volumes in HU, masks, and the functions that change them.

Nothing here knows a window, a renderer, a file dialog or a plan.
"""
