"""Chips side by side, in as many lines as the words of a language need."""

from collections.abc import Sequence

from PySide6.QtWidgets import QBoxLayout

from app.parts.basic import Chip, column, row

GAP_PX = 8


def chip_lines(chips: Sequence[Chip], width_px: int) -> QBoxLayout:
    """Return `chips` in lines not wider than `width_px`."""
    lines: list[list[Chip]] = [[]]
    used = 0
    for chip in chips:
        need = chip.sizeHint().width()
        if lines[-1] and used + need > width_px:
            lines.append([])
            used = 0
        lines[-1].append(chip)
        used += need + GAP_PX
    return column(*(row(*line, None, gap=GAP_PX) for line in lines), gap=GAP_PX)
