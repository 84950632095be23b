"""Compiled loops that draw made patients: tables in, voxels out. No object, no file enters."""
