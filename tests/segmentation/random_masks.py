"""Random masks, volumes and grids for the tests of image space."""

import numpy as np
from hypothesis import strategies as st

from segmentation.grid import Grid
from segmentation.mask import BitMask, word_count
from segmentation.volume import Volume

SPACINGS = ((1.0, 1.0, 1.0), (2.5, 0.7, 0.7), (0.6, 0.9, 0.45), (5.0, 0.4, 0.8))
OBLIQUE = np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])


@st.composite
def masks(draw, most=(7, 9, 130)):
    """Boolean arrays [k, j, i] of any odd size, from nearly empty to nearly full."""
    shape = tuple(draw(st.integers(1, n)) for n in most)
    share = draw(st.sampled_from((0.0, 0.02, 0.3, 0.6, 0.95, 1.0)))
    seed = draw(st.integers(0, 2**32 - 1))
    return np.random.default_rng(seed).random(shape) < share


def grid_of(shape_kji, spacing_kji_mm=(1.0, 1.0, 1.0), direction=None, origin=(5.0, -7.0, 11.0)):
    direction = np.eye(3) if direction is None else direction
    return Grid(shape_kji, np.array(origin), spacing_kji_mm, direction, "1.2.3")


def volume_of(hu, spacing_kji_mm=(1.0, 1.0, 1.0), direction=None, padding=None):
    hu = np.asarray(hu, np.int16)
    return Volume(hu, grid_of(hu.shape, spacing_kji_mm, direction), padding)


def noise(shape_kji, seed=0):
    """Blobs of bone, soft tissue and air with noise: parts, holes and edges of any kind."""
    random = np.random.default_rng(seed)
    coarse = random.normal(0.0, 600.0, tuple(-(-n // 4) for n in shape_kji))
    fine = coarse.repeat(4, 0).repeat(4, 1).repeat(4, 2)[tuple(slice(n) for n in shape_kji)]
    return (fine + random.normal(0.0, 60.0, shape_kji)).clip(-1024, 3071).astype(np.int16)


def tail_is_empty(words, ni):
    """Return whether no bit beyond the rows' end is set."""
    flat = np.ascontiguousarray(words).view(np.uint8)
    bits = np.unpackbits(flat, axis=-1, bitorder="little") if flat.size else np.zeros((1, 1, 0))
    return not bits[..., ni:].any()


def mask_is_sound(mask: BitMask) -> bool:
    """Return whether a mask keeps its promises: tight box, empty tail, read-only words."""
    if not mask.words.size:
        return mask.is_empty
    box, words = mask.box, mask.words
    faces = (words[0], words[-1], words[:, 0], words[:, -1], words[:, :, 0], words[:, :, -1])
    return (
        all(face.any() for face in faces)
        and box.k1 <= mask.shape_kji[0]
        and box.j1 <= mask.shape_kji[1]
        and box.w1 <= word_count(mask.shape_kji[2])
        and tail_is_empty(words, box.voxels_i(mask.shape_kji))
        and not words.flags.writeable
    )
