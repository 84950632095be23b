"""Compiled loops over plain arrays. No object, no file, no unit conversion enters."""
