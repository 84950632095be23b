"""What hands did in the views, given to whom it concerns."""

from typing import Final

import numpy as np

from app import figures
from app.dispatcher import Dispatcher
from app.gesturing import follow_drawing
from app.parts.status_bar import StatusBar
from app.placing import Placing
from segmentation.presets import windows
from viewers.gestures.intents import (
    Intent,
    ItemPicked,
    LayoutChanged,
    PointDropped,
    PointGrabbed,
    PointMoved,
    PointPlaced,
    PointReleased,
    PresetChosen,
    Probe,
    Tool,
    ToolChosen,
    WindowChanged,
)

COMMAND_OF: Final = {
    Tool.PAINT: "open_paint",
    Tool.ERASE: "open_erase",
    Tool.CROSSHAIR: "hand_crosshair",
    Tool.WINDOW: "hand_window",
    Tool.DISTANCE: "hand_distance",
    Tool.ANGLE: "hand_angle",
}


def follow_intent(dispatcher: Dispatcher, intent: Intent) -> None:
    """Do what a gesture asks for; what concerns the views alone, they did already."""
    context = dispatcher.context
    if follow_drawing(context.tooling, intent):
        return
    match intent:
        case WindowChanged(window_hu=window, level_hu=level):
            context.stage.note_window(window, level)
        case LayoutChanged(layout=layout):
            context.stage.note_layout(layout.value)
        case PresetChosen(number=n) if n <= len(windows()):
            dispatcher.run(f"window_{windows()[n - 1].name}")
        case ToolChosen(tool=tool) if tool in COMMAND_OF:
            dispatcher.run(COMMAND_OF[tool])
        case _:
            _follow_plan(context.placing, intent)


def _follow_plan(placing: Placing, intent: Intent) -> None:
    """Do what a gesture on a plan item asks for."""
    match intent:
        case PointPlaced(lps_mm=point, normal_lps=normal):
            placing.clicking.click(point, normal)
        case PointGrabbed(item_id=item_id, point=name):
            placing.dragging.grab(item_id, name)
        case PointMoved(item_id=item_id, point=name, lps_mm=point):
            placing.dragging.move(item_id, name, point)
        case PointReleased():
            placing.dragging.let_go()
        case PointDropped():
            placing.dragging.drop()
        case ItemPicked(item_id=item_id):
            placing.choose(item_id)


def show_probe(status: StatusBar, probe: Probe) -> None:
    """Show what lies under the pointer in the status bar."""
    if probe.lps_mm is None:
        status.show_probe("", "")
        return
    hu = figures.hu(None if probe.hu is None else float(probe.hu))
    status.show_probe(hu, figures.place(np.array(probe.lps_mm)))
