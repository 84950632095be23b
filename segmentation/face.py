"""Whether a CT may show a face: from its skin a person can be recognised (DICOM PS3.15 E.3.2)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.volume import Volume

BONE_HU: Final = 200
BRAIN_HU: Final = (-30.0, 120.0)
VAULT_CM2: Final = (50.0, 320.0)
VAULT_MM: Final = 20.0
STEP_MM: Final = 5.0
PIXEL_MM: Final = 2.0
HEAD_WORDS: Final = (
    "HEAD", "SKULL", "BRAIN", "FACE", "FACIAL", "JAW", "MANDIBLE", "MAXILLA", "SINUS", "ORBIT",
    "NOSE", "EAR", "EYE", "TEETH", "ZYGOMA", "TMJ", "WHOLEBODY",
)  # fmt: skip


def may_show_face(volume: Volume, body_part: str = "") -> bool:
    """Return whether the header names a part of the head, or a skull lies in the volume.

    A skull is what closes around 50 to 320 cm2 of soft tissue over 20 mm of slices, along any of
    the volume's axes; what else a CT shows is open somewhere. A face without its vault (jaw,
    sinuses) is known by its header only.
    """
    part = "".join(body_part.upper().split())
    if any(word in part for word in HEAD_WORDS):
        return True
    return any(_has_vault(volume, axis) for axis in range(3))


def _has_vault(volume: Volume, axis: int) -> bool:
    spacing_mm = volume.grid.spacing_kji_mm
    step = max(1, round(STEP_MM / spacing_mm[axis]))
    across = [mm for n, mm in enumerate(spacing_mm) if n != axis]
    pool = [max(1, int(PIXEL_MM / mm)) for mm in across]
    pixel_cm2 = across[0] * pool[0] * across[1] * pool[1] / 100.0
    if volume.hu.shape[axis] * spacing_mm[axis] < VAULT_MM:
        return False
    run_n, wanted_n = 0, VAULT_MM / (step * spacing_mm[axis])
    for n in range(0, volume.hu.shape[axis], step):
        run_n = run_n + 1 if _closes(np.take(volume.hu, n, axis), pool, pixel_cm2) else 0
        if run_n >= wanted_n:
            return True
    return False


def _closes(hu: NDArray[np.int16], pool: list[int], pixel_cm2: float) -> bool:
    """Return whether bone in a slice closes around as much soft tissue as a brain's."""
    rows, columns = hu.shape[0] // pool[0] * pool[0], hu.shape[1] // pool[1] * pool[1]
    if not rows or not columns:
        return False
    tiles = hu[:rows, :columns].reshape(rows // pool[0], pool[0], columns // pool[1], pool[1])
    bone = tiles.max((1, 3)) >= BONE_HU
    if bone.sum() * pixel_cm2 < 1.0:
        return False
    from scipy.ndimage import binary_fill_holes, label  # noqa: PLC0415 - heavy, and seldom needed

    inside, count = label(binary_fill_holes(bone) & ~bone)
    if not count:
        return False
    sizes = np.bincount(inside.ravel())[1:]
    largest = inside == 1 + int(sizes.argmax())
    area_cm2 = float(largest.sum()) * pixel_cm2
    # The middle of each tile: the mean over tiles would drag the bone's edge in.
    middle = tiles[:, pool[0] // 2, :, pool[1] // 2]
    mean_hu = float(middle[largest].mean())
    return VAULT_CM2[0] <= area_cm2 <= VAULT_CM2[1] and BRAIN_HU[0] <= mean_hu <= BRAIN_HU[1]
