"""Commands that change how a case is seen. None of them is in the case or in the undo list."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtGui import QColor, QImage, QPainter

from app.commands.command import Command, Context, has_case
from app.language import translate as _
from segmentation.presets import Window, windows

GAP_PX: Final = 2


def _set_hand(tool: str, context: Context) -> None:
    context.tooling.close()
    context.stage.set_hand(tool)


def _has_hand(tool: str, context: Context) -> bool:
    return context.stage.state.tool == tool


def _hand(tool: str, title: str, key: str, sign: str) -> Command:
    run, is_on = partial(_set_hand, tool), partial(_has_hand, tool)
    return Command(f"hand_{tool}", title, "Views", run, has_case, key, sign, is_on)


def _set_layout(name: str, context: Context) -> None:
    context.stage.set_layout_name(name)


def _has_layout(name: str, context: Context) -> bool:
    return context.stage.state.layout == name


def _arrangement(name: str, title: str, key: str) -> Command:
    run, is_on = partial(_set_layout, name), partial(_has_layout, name)
    return Command(f"layout_{name}", title, "Views", run, has_case, key, f"layout-{name}", is_on)


def _set_solid(name: str, context: Context) -> None:
    context.stage.set_solid(name)


def _has_solid(name: str, context: Context) -> bool:
    return context.stage.state.solid == name


def _solid(name: str, title: str) -> Command:
    run, is_on = partial(_set_solid, name), partial(_has_solid, name)
    return Command(f"solid_{name}", title, "3D", run, has_case, "", "view-3d", is_on)


def _set_window(window_hu: float, level_hu: float, context: Context) -> None:
    context.stage.set_window(window_hu, level_hu)


def _has_window(window_hu: float, level_hu: float, context: Context) -> bool:
    state = context.stage.state
    return (state.window_hu, state.level_hu) == (window_hu, level_hu)


def _window(n: int, preset: Window) -> Command:
    width, level = float(preset.window_hu), float(preset.level_hu)
    run = partial(_set_window, width, level)
    is_on: Callable[[Context], bool] = partial(_has_window, width, level)
    name, key = f"window_{preset.name}", str(n + 1) if n < 9 else ""
    return Command(name, preset.title, "Window", run, has_case, key, "window-level", is_on)


def _reset(context: Context) -> None:
    context.stage.reset()


def _brush_by(factor: float, context: Context) -> None:
    context.stage.set_radius(context.stage.state.radius_mm * factor)


def _take_picture(context: Context) -> None:
    path = context.shell.ask("picture")
    if path is None:
        return
    picture = tiled(context.stage.pictures())
    if picture is not None and picture.save(str(path), b"PNG"):
        context.desk.say(_("Picture saved as {name}.").format(name=path.name), "ok")
    else:
        context.desk.say(_("The picture could not be written. Choose another folder."), "block")


def tiled(pictures: dict[str, QImage]) -> QImage | None:
    """Return the views side by side, two in a row; None when there are none."""
    shown = list(pictures.values())
    if not shown:
        return None
    columns = 2 if len(shown) > 1 else 1
    width = max(p.width() for p in shown)
    height = max(p.height() for p in shown)
    rows = -(-len(shown) // columns)
    whole = QImage(
        columns * (width + GAP_PX) - GAP_PX, rows * (height + GAP_PX) - GAP_PX,
        QImage.Format.Format_RGB32,
    )  # fmt: skip
    whole.fill(QColor("#2A313A"))
    painter = QPainter(whole)
    for n, picture in enumerate(shown):
        part = picture.copy()
        part.setDevicePixelRatio(1.0)
        painter.drawImage(n % columns * (width + GAP_PX), n // columns * (height + GAP_PX), part)
    painter.end()
    return whole


HANDS: Final = (
    _hand("crosshair", "Crosshair", "C", "crosshair"),
    _hand("window", "Window and level", "W", "window-level"),
    _hand("distance", "Distance", "D", "distance"),
    _hand("angle", "Angle", "A", "angle"),
)
ARRANGEMENTS: Final = (
    _arrangement("four", "Four views", "F2"),
    _arrangement("wide", "One wide, three small", "F3"),
    _arrangement("one", "One view", "F4"),
)
SOLIDS: Final = (
    _solid("surfaces", "Surfaces"),
    _solid("bone", "Bone"),
    _solid("vessel", "Vessel"),
    _solid("skin", "Skin"),
)
WINDOWS: Final = tuple(_window(n, preset) for n, preset in enumerate(windows()))
PICTURE: Final = Command(
    "take_picture", "Save a picture of the views", "Views", _take_picture, has_case,
    "Ctrl+Shift+P", "camera",
)  # fmt: skip
COMMANDS: Final = (
    *HANDS,
    *ARRANGEMENTS,
    *SOLIDS,
    *WINDOWS,
    PICTURE,
    Command("reset_views", "Show the whole scan", "Views", _reset, has_case, "R"),
    Command("brush_smaller", "Smaller brush", "Segments", partial(_brush_by, 0.8), has_case, "["),
    Command("brush_larger", "Larger brush", "Segments", partial(_brush_by, 1.25), has_case, "]"),
)
