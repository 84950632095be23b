"""Surfaces in files, LPS mm. Nothing here repairs a file: it is read whole or refused."""

from segmentation.io.meshes.files import FORMATS, read_mesh, verify_mesh, write_mesh

__all__ = ["FORMATS", "read_mesh", "verify_mesh", "write_mesh"]
