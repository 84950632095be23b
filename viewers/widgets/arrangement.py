"""Where the four views stand; the same in every language."""

from typing import Final

from viewers.gestures.intents import Layout

NAMES: Final = ("axial", "3d", "coronal", "sagittal")
GAP_PX: Final = 2
Box = tuple[int, int, int, int]


def arranged(layout: Layout, main: str, size_px: tuple[int, int]) -> dict[str, Box]:
    """Return left, top, width and height of each view that is shown.

    Four: axial, 3D over coronal, sagittal. Wide: `main` takes two thirds, the others stand in a
    column beside it. One: `main` alone.
    """
    width, height = size_px
    if layout is Layout.ONE:
        return {main: (0, 0, width, height)}
    if layout is Layout.WIDE:
        side = (width - GAP_PX) // 3
        boxes = {main: (0, 0, width - GAP_PX - side, height)}
        others = [name for name in NAMES if name != main]
        for name, (top, high) in zip(others, _shares(height, 3), strict=True):
            boxes[name] = (width - side, top, side, high)
        return boxes
    columns, rows = _shares(width, 2), _shares(height, 2)
    return {
        name: (columns[n % 2][0], rows[n // 2][0], columns[n % 2][1], rows[n // 2][1])
        for n, name in enumerate(NAMES)
    }


def _shares(length: int, parts: int) -> list[tuple[int, int]]:
    """Return start and length of equal parts with gaps between; the last takes what is over."""
    each = (length - GAP_PX * (parts - 1)) // parts
    starts = [n * (each + GAP_PX) for n in range(parts)]
    return [(s, (length if n == parts - 1 else s + each) - s) for n, s in enumerate(starts)]
