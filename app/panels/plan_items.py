"""The plan's items as rows, and the kinds that can be added: a grid, later a link with a menu."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QScrollArea, QWidget

from app import figures
from app.commands.command import Command
from app.commands.plan import DELETE, DUPLICATE, HIDE
from app.dispatcher import Dispatcher
from app.icons import icon
from app.language import translate as _
from app.language import translate_n
from app.numbers import value_words
from app.panels.plan_words import KINDS, SIGNS, item_tone, kind_words, tile_words, tone_of
from app.parts.basic import Item as Part
from app.parts.basic import Slot, button, column, label, row, section
from app.parts.item_row import ItemActions, ItemLook, ItemRow
from app.parts.tiles import Tile, Tiles
from app.placing import Placing
from planning.model.angle import Angle
from planning.model.distance import Distance
from planning.model.item import Item, ItemId
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from viewers.fonts import font

ROW_PX = 40
GAP_PX = 4
ROWS_MAX = 4.5  # half a row tells that there are more
KEY_NUMBERS = {
    Distance.kind: "distance",
    Angle.kind: "angle",
    Trajectory.kind: "trajectory_length",
}


class PlanItems(QWidget):
    """Rows are made anew only when items come or go; all else is shown in place."""

    def __init__(self, placing: Placing, dispatcher: Dispatcher) -> None:
        super().__init__()
        self._placing, self._dispatcher = placing, dispatcher
        self._shape: object = None
        self._rows: list[ItemRow] = []
        self._seen: ItemId | None = None
        self._list = Slot()
        self._tiles = self._made_tiles()
        self._hidden = label("", 12, 400, "soft")
        self._hidden.setObjectName("plan_hidden")
        show = button("plan_show_all", _("Show all items"), lambda: dispatcher.run("show_items"),
                      role="link", height=20)  # fmt: skip
        self._hidden_line = QWidget()
        self._hidden_line.setLayout(row(self._hidden, None, show))
        self._heading = Slot()
        self._area = self._made_area()
        self.setLayout(column(self._heading, self._tiles, self._area, self._hidden_line, gap=4))

    def _made_area(self) -> QScrollArea:
        """Return the frame of the list: long ones scroll, so that numbers stay in sight."""
        area = QScrollArea()
        area.setObjectName("plan_list")
        area.setWidget(self._list)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.verticalScrollBar().rangeChanged.connect(self._show_chosen)
        return area

    @property
    def rows(self) -> tuple[ItemRow, ...]:
        """The rows, from the first item on."""
        return tuple(self._rows)

    def _made_tiles(self) -> Tiles:
        run = self._dispatcher.run
        kinds = [(kind, tile_words(kind), SIGNS[kind]) for kind in KINDS]

        def place(kind: str) -> None:
            run(f"plan_add_{kind}")

        tiles = Tiles(kinds, place)
        tiles.setObjectName("plan_kinds")
        tiles.setAccessibleName(_("Kinds of plan items"))
        for tile in tiles.findChildren(Tile):
            tile.setObjectName(f"plan_add_{tile.name}")
            tile.setAccessibleName(kind_words(tile.name))
            tile.setToolTip(kind_words(tile.name))
        return tiles

    def _made_heading(self, *, has_add: bool) -> Part:
        if not has_add:
            return section(_("Plan items"))
        add = button("plan_add", _("Add"), role="link", sign="plus", height=20)
        add.clicked.connect(lambda _on=False: self._show_kinds(add))
        return section(_("Plan items"), add)

    def _show_kinds(self, at: QPushButton) -> None:
        menu = QMenu(self)
        menu.setObjectName("plan_add_menu")
        menu.setAccessibleName(_("Kinds of plan items"))
        menu.setFont(font(13))
        for kind in KINDS:
            entry = menu.addAction(icon(SIGNS[kind], item_tone(kind)), kind_words(kind))
            entry.setObjectName(f"plan_add_{kind}")
            entry.triggered.connect(
                lambda _on=False, name=f"plan_add_{kind}": self._dispatcher.run(name)
            )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at.mapToGlobal(at.rect().bottomLeft()))

    def show_items(self, *, can_edit: bool) -> None:
        """Show the items as they are; without one, the kinds that can be made."""
        items = self._placing.items
        shape = (tuple((item.id, item.kind, tone_of(item)) for item in items), can_edit)
        if shape != self._shape:
            self._shape = shape
            self._make_rows(items, can_edit=can_edit)
        self._tiles.setVisible(not items)
        self._tiles.allow(can_edit)
        self._tiles.show_open(self._placing.clicking.kind)
        for one, item in zip(self._rows, items, strict=True):
            one.show_look(self._look(item))
            one.pick(is_picked=item.id == self._placing.chosen)
        if self._placing.chosen != self._seen:
            self._seen = self._placing.chosen
            self._show_chosen()
        n = len(self._placing.hidden)
        self._hidden_line.setVisible(n > 0)
        self._hidden.setText(translate_n("{n} item is hidden", "{n} items are hidden", n))

    def _make_rows(self, items: tuple[Item, ...], *, can_edit: bool) -> None:
        heading = column(self._made_heading(has_add=bool(items) and can_edit))
        self._heading.fill(heading)
        does = ItemActions(
            self._placing.take_to,
            self._rename,
            self._placing.turn_eye,
            self._show_menu,
            self._step,
        )
        self._rows = [
            ItemRow(item.id, n, (SIGNS[item.kind], tone_of(item)), does, can_edit=can_edit)
            for n, item in enumerate(items)
        ]
        self._list.fill(column(*self._rows, None, gap=GAP_PX))
        self._area.setVisible(bool(items))
        self._area.setFixedHeight(round(min(len(items), ROWS_MAX) * (ROW_PX + GAP_PX)))

    def _show_chosen(self) -> None:
        """Bring the chosen row in sight; said again once the list has found its height."""
        for one in self._rows:
            if one.item_id == self._placing.chosen:
                self._area.ensureWidgetVisible(one, 0, GAP_PX)

    def _look(self, item: Item) -> ItemLook:
        numbers = self._placing.numbers
        reading, is_current = numbers.of(item), numbers.is_current(item)
        words = _zone_words(item) if isinstance(item, NoGoZone) else ""
        if reading is not None and item.kind in KEY_NUMBERS:
            key = KEY_NUMBERS[item.kind]
            words = next((value_words(n) for n in reading.numbers if n.measure == key), "")
        is_stale = not is_current and not isinstance(item, NoGoZone)
        return ItemLook(
            item.name, words, self._tone(item), is_stale, item.id in self._placing.hidden
        )

    def _tone(self, item: Item) -> str:
        """Return the worst current verdict of an item, of a zone that of all paths by it."""
        numbers = self._placing.numbers
        tones = set()
        for one in self._placing.items:
            reading = numbers.of(one)
            if reading is None or not numbers.is_current(one):
                continue
            for number in reading.numbers:
                if number.held is not None and item.id in (one.id, number.other):
                    tones.add(number.held.tone)
        return next((tone for tone in ("block", "warn") if tone in tones), "")

    def _rename(self, item_id: ItemId, name: str) -> None:
        item = next((one for one in self._placing.items if one.id == item_id), None)
        if item is not None:
            self._placing.replace(item, name=name)

    def _show_menu(self, item_id: ItemId, at: QPoint) -> None:
        self._placing.choose(item_id)
        menu = QMenu(self)
        menu.setObjectName("item_menu")
        menu.setAccessibleName(_("Actions for the item"))
        menu.setFont(font(13))
        enabled = self._dispatcher.enabled()
        rename = menu.addAction(_("Rename the item"))
        rename.setObjectName("rename_item")
        rename.setEnabled(DELETE.id in enabled)
        rename.triggered.connect(lambda _on=False: self._start_rename(item_id))
        for command in (DUPLICATE, HIDE, DELETE):
            if command is DELETE:
                menu.addSeparator()
            self._entry(menu, command).setEnabled(command.id in enabled)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _entry(self, menu: QMenu, command: Command) -> QAction:
        entry = menu.addAction(f"{_(command.title)}\t{command.shortcut}".rstrip())
        entry.setObjectName(command.id)
        entry.triggered.connect(lambda _on=False: self._dispatcher.run(command.id))
        return entry

    def _start_rename(self, item_id: ItemId) -> None:
        # The rows are made anew by every edit: the one that asked may be gone.
        for one in self._rows:
            if one.item_id == item_id:
                one.start_rename()

    def _step(self, item_id: ItemId, turn: int) -> None:
        """Choose the row above or below."""
        ids = [one.item_id for one in self._rows]
        target = self._rows[(ids.index(item_id) + turn) % len(ids)]
        target.setFocus()
        self._placing.take_to(target.item_id)


def _zone_words(zone: NoGoZone) -> str:
    margin = f"+ {figures.decimal(zone.margin_mm)} mm"
    return margin if zone.is_forbidden else f"{_('Warn')}  {margin}"
