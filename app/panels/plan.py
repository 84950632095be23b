"""The Plan step's panel: items, the chosen one's fields and numbers, what to do next."""

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.dispatcher import Dispatcher
from app.icons import pixmap
from app.language import translate as _
from app.panels.plan_details import PlanDetails
from app.panels.plan_items import PlanItems
from app.panels.plan_words import drag_words, next_act, verdict_words
from app.parts.basic import button, column, label, note, row, tint
from app.parts.panel import Panel
from app.placing import Placing
from planning.case.case import Case, Touched
from planning.model.item import Item


class PlanPanel(Panel):
    """Shows the plan; every change goes through the desk."""

    def __init__(self, placing: Placing, dispatcher: Dispatcher) -> None:
        super().__init__("plan", _("Plan"), "", lambda: None)
        self._placing, self._desk, self._dispatcher = placing, placing.desk, dispatcher
        run = dispatcher.run
        self._items = PlanItems(placing, dispatcher)
        self._details = PlanDetails(placing, dispatcher)
        self._version = self._made_line(
            _("This plan is sealed. A new version starts from it; the sealed one stays."),
            button("plan_new_version", _("New version"), self._start_version, sign="report"),
        )
        self._full = QWidget()
        self._full.setLayout(column(self._version, self._items, self._details, gap=4))
        self._no_case = self._made_empty(
            _("No case is open"),
            _("A plan is made on a scan. Open one first, or try a phantom."),
            button("plan_go_open", _("Open a CT"), lambda: run("step_open"), sign="open"),
        )
        self._no_segment = self._made_empty(
            _("No segment yet"),
            _("Plan items stand on segments, and are measured to them. Make one first."),
            button("plan_go_segment", _("Back to Segment"), lambda: run("step_segment"),
                   sign="paint"),
        )  # fmt: skip
        for part in (self._full, self._no_case, self._no_segment):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.footer.add(self._made_verdict())
        self.footer.set_action(
            "plan_check", _("Check the plan"), lambda: run("step_check"), sign="check"
        )
        placing.changed.connect(self.refresh)
        self.refresh()

    def _start_version(self) -> None:
        self._dispatcher.run("new_version")
        self.window().setFocus()  # the button is gone: the focus would fall to the rail

    def _made_line(self, words: str, action: QPushButton) -> QWidget:
        line = QWidget()
        line.setLayout(column(note(words, "soft", 12), row(action, None)))
        return line

    def _made_empty(self, title: str, words: str, action: QPushButton) -> QWidget:
        empty = QWidget()
        empty.setLayout(column(12, label(title, 14, 600), note(words), row(action, None)))
        return empty

    def _made_verdict(self) -> QWidget:
        """Return the line that says which limit the chosen item is beyond; it keeps its place."""
        self._verdict_sign = QLabel()
        self._verdict_sign.setFixedSize(16, 16)
        self._verdict_words = note("", "block", 12)
        self._verdict_words.setObjectName("plan_verdict")
        self._verdict = QWidget()
        sign = column(self._verdict_sign, None, gap=0, margins=(0, 1, 0, 0))
        line = row(sign, self._verdict_words)
        line.setStretch(1, 1)
        self._verdict.setLayout(line)
        return self._verdict

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Show the plan after an edit."""
        self.refresh()

    def refresh(self) -> None:
        """Show everything as it is now."""
        case, items = self._desk.case, self._placing.items
        has_ground = case is not None and (bool(case.segments) or bool(items))
        self._no_case.setVisible(case is None)
        self._no_segment.setVisible(case is not None and not has_ground)
        self._full.setVisible(has_ground)
        self.footer.show_action_at_all(is_shown=has_ground)
        self.footer.show_action(is_enabled=bool(items), is_filled=True)
        can_edit = self._desk.can_edit
        self._version.setVisible("new_version" in self._dispatcher.enabled())
        self.show_guide(self._guide_words(has_ground=has_ground, can_edit=can_edit))
        if has_ground:
            self._items.show_items(can_edit=can_edit)
            self._details.show_item(self._told, can_edit=can_edit)
        self._show_verdict(case)

    @property
    def _told(self) -> Item | None:
        """The item that numbers are told of: none while another one is being placed."""
        return None if self._placing.clicking.kind else self._placing.item

    def _guide_words(self, *, has_ground: bool, can_edit: bool) -> str:
        clicking = self._placing.clicking
        if not has_ground:
            return ""
        if clicking.kind:
            return next_act(clicking.kind, len(clicking.points))
        if not can_edit:
            return _("This plan can be looked at and measured, not changed.")
        return drag_words(self._placing.item)

    def _show_verdict(self, case: Case | None) -> None:
        item, numbers = self._told, self._placing.numbers
        worst = None
        reading = numbers.of(item) if item is not None else None
        if item is not None and reading is not None and numbers.is_current(item):
            for number in reading.numbers:
                if number.held is not None and number.held.tone == reading.tone != "":
                    worst = worst or number
        self._verdict.setVisible(worst is not None)
        if worst is not None and worst.held is not None and item is not None and case is not None:
            self._verdict_words.setText(verdict_words(item, worst, case))
            tint(self._verdict_words, worst.held.tone)
            self._verdict_sign.setPixmap(pixmap("warning", worst.held.tone, 16))
