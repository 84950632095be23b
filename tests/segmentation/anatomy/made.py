"""Phantoms and scores that the tests of the finders share."""

from functools import cache

import numpy as np

from planning.phantoms.phantom import build_phantom

BONE = (1, 2, 3, 4, 5, 6, 20, 21, 22, 23, 24, 25, 30, 31)
LUNG = (8, 15)
LIVER = (40, 41, 42, 43)  # with its tumour and the vessels in it
KIDNEYS = {"Left kidney": (50, 51), "Right kidney": (56, 57)}  # cortex and pyramids


@cache
def phantom(name, detail="quarter"):
    """A phantom with noise, made once a run."""
    return build_phantom(name, detail=detail)


def truth(made, labels):
    """The voxels of some labels."""
    return np.isin(made.labelmap, labels)


def dice(one, two):
    """Twice the common voxels over all; 0 when there are none at all."""
    total = int(one.sum()) + int(two.sum())
    return 2.0 * int((one & two).sum()) / max(total, 1)


def by_name(founds):
    return {found.name: found for found in founds}
