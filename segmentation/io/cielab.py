"""The colour that a DICOM object recommends (PS3.3 C.10.7.1.1), as `#RRGGBB`."""

from collections.abc import Sequence
from typing import Final

import numpy as np

WHITE_D65: Final = (0.950456, 1.0, 1.088754)
RGB_FROM_XYZ: Final = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)  # sRGB, IEC 61966-2-1


def srgb(cielab: Sequence[int]) -> str:
    """Return the sRGB colour of a RecommendedDisplayCIELabValue, empty when it is none.

    The three 16-bit numbers span L* 0 to 100, a* and b* -128 to 127; colours that a screen can't
    show are cut at its range. White point D65, as the writers in use take it.
    """
    if len(cielab) != 3 or not all(0 <= part <= 65535 for part in cielab):
        return ""
    level = cielab[0] * 100.0 / 65535.0
    a, b = (part * 255.0 / 65535.0 - 128.0 for part in cielab[1:])
    y = (level + 16.0) / 116.0
    roots = np.array([y + a / 500.0, y, y - b / 200.0])
    linear = np.where(roots > 6.0 / 29.0, roots**3, 3.0 * (6.0 / 29.0) ** 2 * (roots - 4.0 / 29.0))
    rgb = np.clip(np.array(RGB_FROM_XYZ) @ (linear * np.array(WHITE_D65)), 0.0, 1.0)
    shown = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(part) * 255.0):02X}" for part in shown)
