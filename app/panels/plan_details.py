"""All about the chosen item: its fields, its numbers, HU along its path, its exact place."""

from PySide6.QtWidgets import QWidget

from app.dispatcher import Dispatcher
from app.language import translate as _
from app.numbers import Reading, value_words
from app.panels.item_editor import ItemEditor, PlaceList
from app.panels.plan_numbers import NumberList
from app.panels.plan_words import MEAN, item_tone
from app.parts.basic import Slot, column, isolated, label, note, row, rule, tint
from app.parts.density_plot import DensityPlot
from app.placing import Placing
from planning.model.item import Item
from planning.model.trajectory import Trajectory

LENGTH = "trajectory_length"


class PlanDetails(QWidget):
    """Told about each change; nothing is kept here but what is shown."""

    def __init__(self, placing: Placing, dispatcher: Dispatcher) -> None:
        super().__init__()
        self._placing, self._dispatcher = placing, dispatcher
        self._shape: object = None
        self._editor: ItemEditor | None = None
        self._slot = Slot()
        self._numbers = NumberList()
        self._waiting = note(_("Measuring"), "faint", 12)
        self._waiting.setObjectName("plan_measuring")
        self._mean = label("", 12, 600)
        self._mean.setObjectName("plan_mean_hu")
        self._plot = DensityPlot(item_tone(Trajectory.kind))
        head = row(label(_("Density along the path"), 12, 600, "soft"), None, self._mean,
                   margins=(0, 12, 0, 0))  # fmt: skip
        self._density = QWidget()
        self._density.setLayout(column(head, self._plot))
        self._places = PlaceList()
        self._place = QWidget()
        title = label(_("Exact place"), 12, 600, "soft")
        self._place.setLayout(column(row(title, None, margins=(0, 12, 0, 0)), self._places))
        parts = (4, rule(), 4, self._slot, self._waiting, self._numbers, self._density, self._place)
        self.setLayout(column(*parts, gap=4))

    def show_item(self, item: Item | None, *, can_edit: bool) -> None:
        """Show the chosen item, nothing for None."""
        self.setVisible(item is not None)
        case = self._placing.desk.case
        if item is None or case is None:
            return
        if (item.id, item.kind) != self._shape:
            self._shape = (item.id, item.kind)
            self._editor = ItemEditor(self._placing, self._dispatcher, item)
            self._slot.fill(column(self._editor))
        if self._editor is not None:
            self._editor.show_item(item, can_edit=can_edit)
        numbers = self._placing.numbers
        reading, is_stale = numbers.of(item), not numbers.is_current(item)
        self._waiting.setVisible(reading is None)
        self._numbers.setVisible(reading is not None)
        if reading is not None:
            self._numbers.show_numbers(reading.numbers, case, is_stale=is_stale)
        self._show_density(item, reading, is_stale=is_stale)
        self._place.setVisible(bool(item.points))
        self._places.show_item(item)

    def _show_density(self, item: Item, reading: Reading | None, *, is_stale: bool) -> None:
        path = reading.path_hu if reading is not None else None
        self._density.setVisible(isinstance(item, Trajectory) and path is not None)
        if reading is None or path is None:
            return
        by_name = {number.measure: number for number in reading.numbers}
        mean, length = by_name.get(MEAN), by_name.get(LENGTH)
        words = value_words(mean) if mean is not None else ""
        self._mean.setText(isolated(words))
        tint(self._mean, "faint" if is_stale else "text")
        end = ""
        if length is not None and length.shown is not None:
            end = f"{round(length.shown)} mm"
        self._plot.show_path(path, end, is_stale=is_stale)
        self._plot.setAccessibleDescription(words)
