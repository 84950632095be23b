"""The patient without table, cloths and the air around: where all other structures are sought."""

import numpy as np

from segmentation.anatomy.coarse import (
    Blocks,
    Frame,
    Values,
    grown,
    opened,
    shrunk,
)
from segmentation.anatomy.parts import parts_of

SKIN_HU = -500  # half way from air to soft tissue
CLEAR_HU = -950.0  # air without tissue
CLEAR_RATIO = 0.15  # a lung has less of it, the air around a patient more
LUNG_HU_MAX = -600.0  # the mean of a lung lies below
ENCLOSED_RATIO = 0.9  # of a hollow's faces that belong to the body
THIN_MM = 7.5  # half of what a table's shell, a cable or a cloth is thick at most
WIDE_MM = 120.0  # larger flat things beside the body are a table, smaller ones an ear or a hand
SMALL_RATIO = 0.02  # a part smaller than this share of the largest is none of the body
FOAM_HU = -200.0  # below this mean a separate part is a cushion


def body_blocks(hu: Values, frame: Frame) -> Blocks:
    """Return the blocks of the patient with all hollows inside; empty when there is none.

    Thin shells and what is soft as foam are left out, unless they are ears, hands or a nose.
    """
    spacing = frame.spacing_zyx_mm
    dense = hu >= SKIN_HU
    thick = opened(dense, spacing, THIN_MM)
    body = _bodies(thick, hu)
    if not body.any():
        return body
    near = grown(body, spacing, 2.0 * max(spacing)) & dense
    rest = parts_of(dense & ~thick, hu)
    extent = (rest.high - rest.low + 1) * np.array(spacing)
    is_flat = (extent > WIDE_MM).sum(axis=1) >= 2
    small = rest.chosen(~is_flat & (extent.max(axis=1) <= WIDE_MM))
    touching = parts_of(small | near, hu)
    ids = np.unique(touching.number[body])
    whole = touching.chosen(np.isin(np.arange(touching.blocks.size), ids))
    return with_hollows(whole, hu)


def _bodies(thick: Blocks, hu: Values) -> Blocks:
    """Return the largest part and others of a size, as legs are; no cushion."""
    parts = parts_of(thick, hu)
    sizes = parts.blocks.copy()
    sizes[0] = 0
    is_tissue = (sizes >= SMALL_RATIO * sizes.max(initial=0)) & (parts.mean >= FOAM_HU)
    return parts.chosen(is_tissue & (sizes > 0))


def with_hollows(body: Blocks, hu: Values) -> Blocks:
    """Return the body with what it encloses; the scan's first and last slice count as closed.

    A hollow that reaches a side, as a lung cut off by a small field does, isn't clear air.
    """
    parts = parts_of(~body, hu)
    clear = np.bincount(parts.number.ravel()[(hu < CLEAR_HU).ravel()], minlength=parts.blocks.size)
    is_clear = clear > CLEAR_RATIO * parts.blocks
    reaches = parts.touches(1) | parts.touches(2)
    is_lung = (parts.mean < LUNG_HU_MAX) & ~is_clear
    is_enclosed = parts.contact(body) > ENCLOSED_RATIO
    return body | parts.chosen(is_enclosed & (~reaches | is_lung))


def rim(body: Blocks, frame: Frame) -> tuple[Blocks, Blocks]:
    """Return the blocks that lie wholly inside, and those inside or at the border."""
    spacing = frame.spacing_zyx_mm
    reach = 1.01 * max(spacing)
    return shrunk(body, spacing, reach), grown(body, spacing, reach)
